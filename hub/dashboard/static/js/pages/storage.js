// How long things are kept: saved in place.

import { confirmed } from "../confirm.js";
import { apiForm } from "../forms.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

const form = document.getElementById("retention-form");
const before = new Map([...form.elements].filter(({ name }) => name).map((input) => [input.name, Number(input.value)]));

/** Whether something would be forgotten that is kept until now. */
const tighter = () => [...before].some(([name, kept]) => { const now = Number(form.elements[name].value); return now && (!kept || now < kept); });

startPage();
form.addEventListener("submit", async (event) => {
  if (!tighter() || form.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const detail = "What is beyond these limits is deleted within the hour and cannot be brought back.";
  if (!await confirmed({ title: "Keep less?", detail, action: "Keep less" })) return;
  form.dataset.sure = "yes";
  form.requestSubmit();
  delete form.dataset.sure;
}, { capture: true });
apiForm(form, (kept) => {
  for (const name of before.keys()) before.set(name, kept[name]);
  toast("Saved");
});
