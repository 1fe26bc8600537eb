// Own settings: theme, layout, password.

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
