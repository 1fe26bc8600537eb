// API tokens: made, shown once, revoked.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { pageData, slots, text } from "../dom.js";
import { startCopying } from "../enrol.js";
import { apiForm } from "../forms.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

const tokens = new Map(pageData().tokens.map((token) => [token.id, token]));
const dialog = document.getElementById("token-dialog");
const form = document.getElementById("token-form");
const made = document.getElementById("token-made");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];

function body() {
  const { name, valid_days: days } = form.elements;
  return { name: name.value, scopes: boxes.filter((box) => box.checked).map((box) => box.value), valid_days: days.value ? Number(days.value) : null };
}

function open() {
  form.reset();
  form.hidden = false;
  made.hidden = true;
  dialog.showModal();
}

async function revoke(token) {
  const detail = "The program that uses it is shut out at once.";
  if (!await confirmed({ title: `Revoke ${token.name}?`, detail, action: "Revoke the token" })) return;
  try {
    await api("DELETE", `/api/tokens/${token.id}`);
    location.reload();
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

startPage();
startCopying(made);
for (const button of document.querySelectorAll("#new-token, [data-new-token]")) button.addEventListener("click", open);
for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => { if (!made.hidden) location.reload(); });
document.querySelector("tbody")?.addEventListener("click", ({ target }) => {
  const token = tokens.get(target.closest("[data-token]")?.dataset.token);
  if (token && target.closest("[data-do=revoke]")) revoke(token);
});
apiForm(form, (answer) => {
  const parts = slots(made);
  text(parts.name, answer.name);
  text(parts.token, answer.token);
  text(parts.example, `curl -H 'Authorization: Bearer ${answer.token}' ${location.origin}/api/${answer.scopes[0].split(":")[0]}`);
  form.hidden = true;
  made.hidden = false;
  made.querySelector("[data-copy]").focus();
}, body);
