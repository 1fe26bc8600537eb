"""Two example cards and what they become; `python tests/provisioning/golden_cards.py` writes the golden files anew."""

from datetime import UTC, datetime
from pathlib import Path

from provisioning.card.contents import FirstBoot, contents
from provisioning.card.network import derived_psk
from provisioning.card.values import Card, Package, Wifi, Wired

GOLDEN = Path(__file__).parent.parent / "golden" / "card"
CMDLINE = (
    "console=serial0,115200 console=tty1 root=PARTUUID=0d9ffc2a-02 rootfstype=ext4 fsck.repair=yes rootwait quiet\n"
)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN2E0Yx1u1yVx0n6y4wq7c1WJ5Fq3mJ0d4c5k6l7m8n9 anna@desk"
CARDS: dict[str, tuple[Card, FirstBoot]] = {
    "bookworm": (
        Card(
            name="front-door",
            hub_url="https://hub.example.org",
            made_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
            package=Package("watchpost[edge]==0.1.0"),
            hub_ca_pem="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            token="one-time-token",
            ssh_keys=(KEY,),
            timezone="Europe/Berlin",
            wifi=Wifi("Anna's; net\\", derived_psk("Anna's; net\\", "correct horse"), "DE"),
            wired=Wired("192.0.2.10/24", "192.0.2.1", ("192.0.2.1", "2001:db8::1")),
        ),
        "firstrun",
    ),
    "trixie": (
        Card(
            name="back-door",
            hub_url="https://hub.example.org:8443",
            made_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
            package=Package("watchpost[edge]"),
            token="one-time-token",
            ssh_keys=(KEY,),
            user="anna",
            wifi=Wifi('"quoted": yes', derived_psk('"quoted": yes', "correct horse"), "DE"),
        ),
        "cloud-init",
    ),
}
OURS = ("install.sh", "agent.sh", "setup.sh", "watchpost-setup.service", "watchpost-edge.service", "firstrun.sh")


def rendered(name: str) -> dict[str, bytes]:
    """What an example becomes, without the files that are the same on every card."""
    card, first_boot = CARDS[name]
    texts = contents(card, first_boot, CMDLINE).texts
    return {path: data for path, data in texts.items() if Path(path).name not in OURS}


if __name__ == "__main__":
    for example in CARDS:
        for path, data in rendered(example).items():
            target = GOLDEN / example / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
