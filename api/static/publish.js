/* Publishes a draft in a person's name. The key goes out as a header and is kept nowhere. */
"use strict";

const form = document.querySelector("form.publish");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const says = form.querySelector('[role="status"]');
  const { by, key } = form.elements;
  try {
    const answer = await fetch(form.dataset.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key.value, Accept: "application/json" },
      body: JSON.stringify({ by: by.value }),
    });
    if (answer.ok) {
      window.location.reload();
      return;
    }
    says.textContent = (await answer.json()).detail;
  } catch (error) {
    says.textContent = String(error);
  } finally {
    key.value = "";
  }
});
