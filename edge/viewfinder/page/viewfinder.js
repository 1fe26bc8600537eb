// The viewfinder: one request after the other, so that a slow device or network is never asked faster than it answers.

const PAUSE_MS = 200
const RETRY_MS = 2000
const cards = new Map()
const line = document.getElementById("line")

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const visible = () => document.hidden && new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }))

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" })
  if (!answer.ok) throw new Error(`the device answers ${answer.status}`)
  return answer
}

function card(camera) {
  if (!cards.has(camera.id)) {
    const article = document.getElementById("camera").content.firstElementChild.cloneNode(true)
    document.getElementById("cameras").append(article)
    cards.set(camera.id, article)
  }
  return cards.get(camera.id)
}

function polygon(points, kind) {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon")
  shape.setAttribute("points", points.map((point) => point.join(",")).join(" "))
  shape.classList.add(kind)
  return shape
}

function faces(camera) {
  if (camera.state !== "online") return ["", ""]
  if (camera.face_px.length === 0) return ["no face in view", ""]
  const tallest = Math.max(...camera.face_px)
  const enough = tallest >= camera.min_face_px
  return [`face ${tallest} px high, ${enough ? "enough" : "too small"} (from ${camera.min_face_px} px)`, enough ? "enough" : "small"]
}

function state(camera) {
  if (camera.state !== "online") return [camera.state, camera.reason].filter(Boolean).join(": ")
  const age = camera.age_s !== null && camera.age_s > 2 ? `, nothing has moved for ${Math.round(camera.age_s)} s` : ""
  return `${camera.codec} ${camera.width}×${camera.height}, ${camera.fps} frames/s${age}`
}

function show(camera) {
  const article = card(camera)
  const [text, kind] = faces(camera)
  article.querySelector("h2").textContent = camera.name
  article.querySelector(".state").textContent = state(camera)
  article.querySelector(".state").dataset.state = camera.state
  article.querySelector(".faces").textContent = text
  article.querySelector(".faces").className = `faces ${kind}`
  article.querySelector("img").alt = `What ${camera.name} sees now`
  if (camera.width) article.querySelector(".picture").style.aspectRatio = `${camera.width} / ${camera.height}`
  article.querySelector("svg").replaceChildren(
    ...camera.include.map((points) => polygon(points, "include")), ...camera.exclude.map((points) => polygon(points, "exclude")))
}

async function picture(camera) {
  if (camera.age_s === null) return
  const answer = await fetch(`picture/${encodeURIComponent(camera.id)}`, { cache: "no-store" })
  if (!answer.ok) return
  const image = card(camera).querySelector("img")
  const before = image.src
  image.src = URL.createObjectURL(await answer.blob())
  await image.decode().catch(() => {})
  if (before) URL.revokeObjectURL(before)
}

async function once() {
  const cameras = await (await ask("cameras.json")).json()
  for (const [id, article] of cards) if (!cameras.some((camera) => camera.id === id)) { article.remove(); cards.delete(id) }
  cameras.forEach(show)
  line.textContent = cameras.length ? `${cameras.length} camera${cameras.length > 1 ? "s" : ""}` : "This device has no camera yet: add one at the hub."
  for (const camera of cameras) await picture(camera)
}

for (;;) {
  await visible()
  try {
    await once()
    await sleep(PAUSE_MS)
  } catch (error) {
    line.textContent = `No answer from the device (${error.message}); trying again`
    await sleep(RETRY_MS)
  }
}
