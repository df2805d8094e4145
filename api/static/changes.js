/* Tells what happened in the day, asks for a draft, and leads to what it changes. The key goes out as a header and is kept nowhere. */
"use strict";

const happened = document.querySelector("form.happened");
const list = happened.querySelector("ul.told");
const says = happened.querySelector('[role="status"]');
const changes = [];
const POLL_MS = 1000;

function nameOf(ref) {
  const known = [...happened.querySelectorAll("datalist option")].find((option) => option.value === ref);
  return known ? `${known.label} (${ref})` : ref;
}

function show() {
  list.replaceChildren(...changes.map((change, at) => {
    const line = document.createElement("li");
    const away = document.createElement("button");
    away.type = "button";
    away.className = "plain";
    away.textContent = happened.dataset.away;
    away.addEventListener("click", () => {
      changes.splice(at, 1);
      show();
    });
    line.append(`${change.said} `, away);
    return line;
  }));
}

happened.querySelector("button.add").addEventListener("click", () => {
  const { kind, ref } = happened.elements;
  if (!ref.value.trim()) {
    ref.focus();
    return;
  }
  const said = kind.selectedOptions[0].text.replace("…", nameOf(ref.value.trim()));
  changes.push({ kind: kind.value, ref: ref.value.trim(), said });
  ref.value = "";
  show();
});

async function wait(address) {
  for (;;) {
    const request = await (await fetch(`${address}?lang=${document.documentElement.lang}`, { headers: { Accept: "application/json" } })).json();
    if (request.status === "done") {
      window.location.assign(`${happened.dataset.plans}/${encodeURIComponent(request.plan_id)}/changes?lang=${document.documentElement.lang}`);
      return;
    }
    if (request.status === "failed") {
      says.textContent = request.error;
      return;
    }
    says.textContent = request.sentence;
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

happened.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { key } = happened.elements;
  try {
    const answer = await fetch(happened.dataset.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key.value, Accept: "application/json" },
      body: JSON.stringify({ changes: changes.map(({ kind, ref }) => ({ kind, ref })) }),
    });
    if (!answer.ok) {
      says.textContent = (await answer.json()).detail;
      return;
    }
    const request = await answer.json();
    await wait(`${happened.dataset.requests}/${encodeURIComponent(request.request_id)}`);
  } catch (error) {
    says.textContent = String(error);
  } finally {
    key.value = "";
  }
});
