/* Shows how far plans in the making are, and takes the best so far. The key goes out as a header and is kept nowhere. */
"use strict";

const POLL_MS = 1000;
const lang = document.documentElement.lang;

/* Show how a request stands until it has a plan; then show the page anew. */
async function follow(form) {
  const { address, takingNote } = form.dataset;
  const says = form.querySelector(".stands");
  const bar = form.querySelector("progress");
  for (;;) {
    const request = await (await fetch(`${address}?lang=${lang}`, { headers: { Accept: "application/json" } })).json();
    if (request.status === "done") {
      window.location.reload();
      return;
    }
    says.textContent = request.is_enough ? takingNote : request.sentence;
    if (request.share === null) {
      bar.removeAttribute("value");
    } else {
      bar.value = request.share;
    }
    form.querySelector(".take").hidden = request.status !== "running" || request.is_enough;
    if (request.status === "failed") {
      bar.hidden = true;
      return;
    }
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

async function takeBest(form) {
  const { key } = form.elements;
  const wrong = form.querySelector('[role="status"]');
  try {
    const answer = await fetch(`${form.dataset.address}/take-best`, {
      method: "POST",
      headers: { "X-API-Key": key.value, Accept: "application/json" },
    });
    wrong.textContent = answer.ok ? "" : (await answer.json()).detail;
  } catch (error) {
    wrong.textContent = String(error);
  } finally {
    key.value = "";
  }
}

document.querySelectorAll("form.making").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    takeBest(form);
  });
  follow(form).catch((error) => {
    form.querySelector('[role="status"]').textContent = String(error);
  });
});
