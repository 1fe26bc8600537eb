// The style guide: colours from their tokens, tiles in their states, the messages to try.

import { confirmed } from "../confirm.js";
import { startSliders } from "../forms.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

startPage();
startSliders(document);
for (const swatch of document.querySelectorAll("[data-token]")) swatch.style.setProperty("background", `var(--${swatch.dataset.token})`);
for (const tile of document.querySelectorAll('#tiles [aria-label*="glows"]')) tile.setAttribute("data-face", "");
document.getElementById("try-toast").addEventListener("click", () => toast("Garage is on"));
document.getElementById("try-bad-toast").addEventListener("click", () => toast("Garage: the hub does not answer. Check the connection and try again.", "bad"));
document.getElementById("try-confirm").addEventListener("click", async () => {
  const yes = await confirmed({ title: "Delete Garage?", detail: "Its address, rules and areas are deleted. Its alerts stay.", action: "Delete the camera" });
  toast(yes ? "It would be gone now" : "Nothing happened", "info");
});
