// The filtered list as a file: fetched page by page, written as CSV or as one JSON object a line.

import { api } from "./api.js";

const COLUMNS = ["id", "camera_id", "camera", "place", "device_id", "opened_at", "closed_at", "received_at", "delayed_s", "faces", "score", "acknowledged_by", "acknowledged_at", "note", "snapshot_url"];
const MOST = 20000;

/** Every alert of a filter. */
async function everything(query) {
  const found = [];
  let cursor = null;
  do {
    const search = new URLSearchParams({ ...query, limit: "200", ...(cursor ? { cursor } : {}) });
    const page = await api("GET", `/api/alerts?${search}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && found.length < MOST);
  return found;
}

/** A cell that no spreadsheet takes for a formula. */
function cell(value) {
  const raw = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(raw) && typeof value === "string" ? `'${raw}` : raw;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csv = (rows) => [COLUMNS, ...rows.map((row) => COLUMNS.map((name) => row[name]))].map((row) => row.map(cell).join(",")).join("\r\n");
const jsonLines = (rows) => rows.map((row) => JSON.stringify(row)).join("\n");
const FORMATS = { csv: [csv, "text/csv;charset=utf-8"], json: [jsonLines, "application/x-ndjson"] };

/** Download what a filter finds, only of some cameras (null: all); resolves to how many. */
export async function download(format, { query, cameras, names }) {
  const found = await everything(query);
  const alerts = cameras ? found.filter((alert) => cameras.includes(alert.camera_id)) : found;
  const rows = alerts.map((alert) => { const { name, location } = names.of(alert); return { ...alert, camera: name, place: location }; });
  const [write, type] = FORMATS[format];
  const url = URL.createObjectURL(new Blob([write(rows), "\n"], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `watchpost-alerts.${format === "json" ? "jsonl" : format}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  return rows.length;
}
