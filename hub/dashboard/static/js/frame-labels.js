// A worker: reads what the device wrote into each picture (docs/wire.md, "Inside the video") before it is decoded.
// The pictures pass untouched; what was read goes to the port that came with the transform.

const UUID = [0xd9, 0xa4, 0xb2, 0xf4, 0xc3, 0xc5, 0x4b, 0x0c, 0x9d, 0x6e, 0x6a, 0x1f, 0x0e, 0x8b, 0x7c, 0x35];
const SEI = 6;
const USER_DATA = 5;
const LAST_SLICE = 5;
const FIXED_BYTES = 13; // behind the UUID, in front of the boxes
const SIDE_BYTES = 2;

self.onrtctransform = ({ transformer }) => {
  const { port } = transformer.options;
  const reading = new TransformStream({
    transform(frame, out) {
      const label = labelOf(new Uint8Array(frame.data));
      const { rtpTimestamp = frame.timestamp } = frame.getMetadata();
      if (label) port.postMessage({ ...label, rtp: rtpTimestamp });
      out.enqueue(frame);
    },
  });
  transformer.readable.pipeThrough(reading).pipeTo(transformer.writable).catch(() => port.close());
};

/** `{at, width, height, boxes: [[left, top, right, bottom]]}` of one access unit (H.264 Annex B); null without. */
function labelOf(data) {
  for (let start = afterStartCode(data, 0); start >= 0; start = afterStartCode(data, start)) {
    const kind = data[start] & 0x1f;
    if (kind >= 1 && kind <= LAST_SLICE) return null; // it stands in front of the first slice
    const label = kind === SEI ? userData(unescaped(data, start + 1)) : null;
    if (label) return label;
  }
  return null;
}

function afterStartCode(data, from) {
  for (let i = from; i + 3 < data.length; i += 1) {
    if (data[i] === 0 && data[i + 1] === 0 && data[i + 2] === 1) return i + 3;
  }
  return -1;
}

/** The bytes up to the next start code, without emulation prevention (ITU-T H.264, 7.4.1). */
function unescaped(data, from) {
  const out = [];
  let zeros = 0;
  for (let i = from; i < data.length; i += 1) {
    const octet = data[i];
    if (zeros >= 2 && octet <= 1) break;
    const guard = zeros >= 2 && octet === 3;
    if (!guard) out.push(octet);
    zeros = octet === 0 ? zeros + 1 : 0;
  }
  return out;
}

/** The first message of ours among the SEI messages of one NAL unit. */
function userData(bytes) {
  let at = 0;
  const number = () => {
    let sum = 0;
    while (bytes[at] === 0xff) { sum += 0xff; at += 1; }
    sum += bytes[at] ?? 0;
    at += 1;
    return sum;
  };
  while (at + 2 < bytes.length) {
    const [kind, size] = [number(), number()];
    const body = bytes.slice(at, at + size);
    if (kind === USER_DATA && UUID.every((octet, i) => body[i] === octet)) return parsed(body.slice(UUID.length));
    at += size;
  }
  return null;
}

function parsed(body) {
  if (body.length < FIXED_BYTES) return null;
  const view = new DataView(Uint8Array.from(body).buffer);
  const count = Math.min(view.getUint8(12), Math.floor((body.length - FIXED_BYTES) / (4 * SIDE_BYTES)));
  const side = (index) => view.getUint16(FIXED_BYTES + index * SIDE_BYTES);
  const boxes = Array.from({ length: count }, (_, n) => [0, 1, 2, 3].map((corner) => side(4 * n + corner)));
  return { at: Number(view.getBigUint64(0)), width: view.getUint16(8), height: view.getUint16(10), boxes };
}

self.postMessage("ready");
