// Which past alerts some settings would have kept: the rules of edge/zones.py and edge/visits.py on the best picture.

const LONG_SIDE = 1920; // of a snapshot, as in edge/snapshot.py
const SAID = { area: "outside the areas", size: "too small", score: "too uncertain", dwell: "gone too soon" };

/** An alert's box as fractions of the picture; `source` is the camera's {width, height} and, if known, its `picture`'s. */
export function placed({ box: [x, y, w, h] }, source) {
  const scale = Math.min(1, LONG_SIDE / Math.max(source.width, source.height));
  const { width, height } = source.picture || { width: source.width * scale, height: source.height * scale };
  return { x: x / width, y: y / height, w: w / width, h: h / height, pixels: (h / height) * source.height };
}

/** Why an alert would not have been one: area, size, score or dwell; empty if it would. In the device's order. */
export function verdict(alert, settings, source) {
  const box = placed(alert, source);
  const centre = [box.x + box.w / 2, box.y + box.h / 2];
  const within = (areas) => areas.some((corners) => inside(centre, corners));
  if ((settings.include.length && !within(settings.include)) || within(settings.exclude)) return "area";
  if (box.pixels < settings.min_face_px) return "size";
  if (alert.score < settings.min_score) return "score";
  const stayed = alert.closed_at ? (new Date(alert.closed_at) - new Date(alert.opened_at)) / 1000 : Infinity;
  return stayed < settings.dwell_s ? "dwell" : "";
}

/** What came of some verdicts, in words. */
export function summed(verdicts) {
  if (!verdicts.length) return "Once this camera has alerts, you see here which of them the settings would keep.";
  const kept = verdicts.filter((why) => !why).length;
  const gone = Object.entries(SAID).map(([why, said]) => [verdicts.filter((other) => other === why).length, said]).filter(([count]) => count);
  const all = verdicts.length === 1 ? "The latest alert" : `Of the latest ${verdicts.length} alerts ${kept}`;
  const first = verdicts.length === 1 ? `${all} would ${kept ? "still be one" : "not be one"}` : `${all} would still be one`;
  return `${first}${gone.length ? `; ${gone.map(([count, said]) => `${count} ${said}`).join(", ")}` : ""}.`;
}

/** Whether a point lies in a polygon (even-odd rule). */
export function inside([x, y], corners) {
  let within = false;
  corners.forEach(([x1, y1], index) => {
    const [x2, y2] = corners[(index + 1) % corners.length];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) within = !within;
  });
  return within;
}
