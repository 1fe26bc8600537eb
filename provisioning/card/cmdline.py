"""The kernel's command line on a Raspberry Pi card: one line of words, to which ours are added once; pure."""

FIRSTRUN = (
    # imager_fixup in Bookworm's initramfs looks for exactly this path and moves it to /boot/firmware itself.
    "systemd.run=/boot/firstrun.sh",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)


def with_firstrun(line: str) -> str:
    """The command line that runs firstrun.sh at the next boot and restarts after it."""
    return _joined([*_without(line, "systemd.run", "systemd.unit="), *FIRSTRUN])


def with_cloud_init(line: str, instance_id: str) -> str:
    """The command line that tells cloud-init this is a new machine, whatever it ran before."""
    return _joined([*_without(line, "ds=nocloud"), f"ds=nocloud;i={instance_id}"])


def _without(line: str, *prefixes: str) -> list[str]:
    return [word for word in line.split() if not word.startswith(prefixes)]


def _joined(words: list[str]) -> str:
    return " ".join(words) + "\n"
