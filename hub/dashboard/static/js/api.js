// The hub's API from the page: JSON both ways, the CSRF header, one refresh when a session has run out, typed problems.

const SAFE = new Set(["GET", "HEAD"]);

/** What the hub refused and why; `errors` maps a field's name to its message. Status 0: no answer at all. */
class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || "Something went wrong");
    this.status = status;
    this.title = body.title || "";
    this.errors = new Map((body.errors || []).map((item) => [fieldName(item.field), item.detail]));
  }
}

function fieldName(path) {
  return String(path).replace(/^(body|query|path)\./, "");
}

/** The form token of this hub; cookies know no ports, so each hub names its own (see hub/auth/cookies.py). */
export function formToken(kind = "csrfAccess") {
  const name = document.documentElement.dataset[kind];
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function send(method, path, body, { csrf = "csrfAccess", signal } = {}) {
  const headers = { Accept: "application/json" };
  if (!SAFE.has(method)) headers["X-CSRF-TOKEN"] = formToken(csrf);
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The hub does not answer. Check the connection and try again." });
  }
}

let refreshing = null;

/** Renew the session once, however many requests of this page ask for it at the same time; true when it worked. */
export function refresh() {
  refreshing ??= alone(renew).finally(() => { refreshing = null; });
  return refreshing;
}

/** A refresh token is good once: of several tabs only one may spend it, the others find new cookies. */
async function alone(work) {
  const before = formToken();
  const unlessDone = async () => (formToken() !== before ? true : work());
  if (navigator.locks) return navigator.locks.request("watchpost-refresh", unlessDone);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 1500)); // without TLS there are no locks
  return unlessDone();
}

async function renew() {
  return (await send("POST", "/api/auth/refresh", {}, { csrf: "csrfRefresh" })).ok;
}

async function read(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") || "";
  if (type.includes("json")) return response.json();
  return { detail: response.ok ? "" : `The hub answered ${response.status}.` };
}

/** Ask the API; resolves to its JSON, throws Problem. A lost session leads to the log-in page and back. */
export async function api(method, path, body, options = {}) {
  let response = await send(method, path, body, options);
  if (response.status === 401 && (await refresh())) response = await send(method, path, body, options);
  if (response.status === 401) {
    const back = location.pathname + location.search;
    location.assign(`/login?next=${encodeURIComponent(back)}`);
  }
  const answer = await read(response);
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}
