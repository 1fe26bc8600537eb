// Starts a player on the bare page and reads the clock that the publisher burns into every picture.
async ([path, accessToken]) => {
  const { WhepPlayer } = await import('/assets/now/js/player.js');
  const video = document.getElementById('video');
  const canvas = new OffscreenCanvas(672, 16).getContext('2d', { willReadFrequently: true });
  const startedAt = performance.now();
  window.seen = { clocks: [], latencies: [], firstPictureMs: 0, states: [] };
  window.player = new WhepPlayer(video, {
    watch: async (view) => {
      const headers = { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' };
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(view) });
      if (!answer.ok) throw new Error(`watch answered ${answer.status}`);
      return answer.json();
    },
    onState: (state, reason) => window.seen.states.push([state, reason, Math.round(performance.now() - startedAt)]),
  });
  const read = () => {
    const now = Date.now();
    const side = Math.floor(video.videoWidth / 42);
    canvas.drawImage(video, 0, 0, 42 * side, side, 0, 0, 672, 16);
    const { data } = canvas.getImageData(0, 0, 672, 16);
    let clock = 0n;
    for (let bit = 0; bit < 42; bit += 1) clock = clock * 2n + (data[(8 * 672 + bit * 16 + 8) * 4] > 128 ? 1n : 0n);
    window.seen.clocks.push(Number(clock));
    window.seen.latencies.push(now - Number(clock));
    window.seen.firstPictureMs ||= performance.now() - startedAt;
    video.requestVideoFrameCallback(read);
  };
  video.requestVideoFrameCallback(read);
  window.player.start();
}
