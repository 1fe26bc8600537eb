// Users: add, change, delete.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { pageData, text } from "../dom.js";
import { apiForm } from "../forms.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

const users = new Map(pageData().users.map((user) => [user.id, user]));
const dialog = document.getElementById("user-dialog");
const form = document.getElementById("user-form");
const all = document.getElementById("all-cameras");
const some = document.getElementById("some-cameras");
const disabled = document.getElementById("user-disabled");
const boxes = [...some.querySelectorAll("input")];
let editing = null;

function open(user) {
  editing = user;
  form.reset();
  form.dataset.method = user ? "PATCH" : "POST";
  form.dataset.path = user ? `/api/users/${user.id}` : "/api/users";
  text(document.getElementById("user-title"), user ? `Change ${user.username}` : "Add a user");
  form.elements.username.value = user?.username || "";
  form.elements.username.disabled = Boolean(user);
  form.elements.password.required = !user;
  form.elements.role.value = user?.role || "viewer";
  all.checked = !user?.camera_ids;
  for (const box of boxes) box.checked = Boolean(user?.camera_ids?.includes(Number(box.value)));
  disabled.hidden = !user;
  disabled.querySelector("input").checked = Boolean(user?.disabled);
  limit();
  dialog.showModal();
}

function limit() { some.hidden = all.checked; }

function body() {
  const { username, password, role } = form.elements;
  const camera_ids = all.checked ? null : boxes.filter((box) => box.checked).map((box) => Number(box.value));
  const given = password.value ? { password: password.value } : {};
  if (!editing) return { username: username.value, role: role.value, camera_ids, ...given };
  return { role: role.value, camera_ids, disabled: disabled.querySelector("input").checked, ...given };
}

async function remove(user) {
  const detail = "Their account and their sessions are deleted at once. What they acknowledged keeps their name.";
  if (!await confirmed({ title: `Delete ${user.username}?`, detail, action: "Delete the user" })) return;
  try {
    await api("DELETE", `/api/users/${user.id}`);
    location.reload();
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

startPage();
all.addEventListener("change", limit);
document.getElementById("new-user").addEventListener("click", () => open(null));
for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
document.querySelector("tbody").addEventListener("click", (event) => {
  const user = users.get(Number(event.target.closest("[data-user]")?.dataset.user));
  const action = event.target.closest("[data-do]")?.dataset.do;
  if (action === "edit") open(user);
  if (action === "delete") remove(user);
});
apiForm(form, () => location.reload(), body);
