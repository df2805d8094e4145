/* Acknowledges and closes alerts in a person's name. The key goes out as a header and is kept nowhere but in its field. */
"use strict";

const form = document.querySelector("form.sign");
const says = form.querySelector('[role="status"]');

form.addEventListener("submit", (event) => event.preventDefault());

document.querySelector("main").addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-address]");
  if (!button || !form.reportValidity()) {
    return;
  }
  const { by, key } = form.elements;
  says.textContent = "";
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key.value, Accept: "application/json" },
      body: JSON.stringify({ by: by.value }),
    });
    if (answer.ok) {
      show(button);
    } else {
      says.textContent = (await answer.json()).detail;
    }
  } catch (error) {
    says.textContent = String(error);
  } finally {
    button.disabled = false;
  }
});

/* Say in its row how the alert stands now, and offer only what is left to do. */
function show(button) {
  const row = button.closest("tr");
  const status = row.querySelector(".status");
  status.className = `status ${button.dataset.next}`;
  status.textContent = button.dataset.says;
  const done = button.dataset.next === "closed" ? row.querySelectorAll("button") : [button];
  done.forEach((each) => each.remove());
}
