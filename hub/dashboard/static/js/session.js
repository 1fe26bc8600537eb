// The session: renewed before its access token runs out, by the wall clock, for timers stand still while a computer sleeps.

import { formToken, refresh } from "./api.js";
import { recall, remember } from "./keep.js";

const CHECK_MS = 60 * 1000;
const RENEW_MS = 10 * 60 * 1000; // access tokens last a quarter of an hour
const MARK = 8; // signs of a form token that tell it from the next

let seen = {};

/** Whether this session's token, first seen by any page, has to be renewed. */
function due() {
  const mark = formToken().slice(0, MARK);
  if (seen.mark !== mark) {
    const kept = recall("session", {});
    seen = kept.mark === mark ? kept : { mark, at: Date.now() };
    remember("session", seen);
  }
  return Math.abs(Date.now() - seen.at) > RENEW_MS;
}

const renew = () => refresh().catch(() => {}); // no answer now: the next request tells
const renewIfDue = () => (due() ? renew() : null);

/** Keep the session alive while the page is open; a plain form waits for a session that is good, once. */
export function keepSession() {
  let waited = null;
  renewIfDue();
  setInterval(renewIfDue, CHECK_MS);
  addEventListener("pageshow", renewIfDue);
  document.addEventListener("visibilitychange", renewIfDue);
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const token = form.elements.csrf_token;
    if (!token) return;
    if (due() && waited !== form) {
      event.preventDefault();
      waited = form;
      renew().then(() => form.requestSubmit(submitter));
    }
    token.value = formToken();
  });
}
