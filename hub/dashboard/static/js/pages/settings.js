// Own settings: theme, layout, password, log-ins elsewhere.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { apiForm } from "../forms.js";
import { forget } from "../keep.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

startPage();
document.getElementById("forget-layout").addEventListener("click", () => {
  forget();
  toast("The live page starts afresh");
});
apiForm(document.getElementById("password-form"), () => location.assign("/login"));
document.getElementById("end-others")?.addEventListener("click", async () => {
  const detail = "Every other browser and phone of yours has to sign in again. This one stays.";
  if (!await confirmed({ title: "Sign out everywhere else?", detail, action: "Sign out", calm: true })) return;
  try {
    await api("DELETE", "/api/auth/sessions");
    location.reload();
  } catch (problem) {
    toast(problem.message, "bad");
  }
});
