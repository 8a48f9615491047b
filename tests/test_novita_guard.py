"""Addresses that others name: out, or to the operator's own service, and nowhere else."""

from __future__ import annotations

import io
import socket

import pytest

from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError, Refused, TryLater
from storyboard.novita.guard import place_of

SERVICE = "https://api.novita.ai"
INSIDE = [
    # This machine, in every spelling that a resolver takes.
    *("127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0177.0.0.1"),
    *("0x7f.0.0.1", "017700000001", "0", "0.0.0.1", "localhost", "LOCALHOST"),
    "0.0.0.0",  # noqa: S104
    *("localhost.", "127.0.0.1.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]"),
    # Private and shared networks, link-local, the metadata service.
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1"),
    *("100.64.0.1", "100.127.255.255", "169.254.169.254", "0xa9fea9fe", "2852039166"),
    *("[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd12:3456::1]"),
    # Special purposes.
    *("192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1"),
    *("[2001:db8::1]", "[100::1]", "[2001::1]", "[3fff::1]", "[5f00::1]"),
    # Multicast, reserved, broadcast.
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "[ff02::1]"),
    # IPv4 inside IPv6: mapped, compatible, 6to4, NAT64, Teredo.
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:100.64.0.1]", "[::127.0.0.1]"),
    *("[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::1]", "[2001:0:7f00:1::]", "[fe80::1%25lo]"),
]
PLACES = ["https://93.184.216.34/a.mp4", "https://[2606:4700::1]/a.mp4", "https://8.8.8.8:443/"]
# Neither https on its own port nor the service.
ODD = [
    "http://93.184.216.34/a.mp4",
    "https://93.184.216.34:22/",
    "https://93.184.216.34:6379/",
    "https://93.184.216.34:80/",
    "http://api.novita.ai/a.mp4",
    "https://api.novita.ai:8443/a.mp4",
    "ftp://93.184.216.34/a.mp4",
    "file:///etc/passwd",
    "gopher://93.184.216.34/",
    "data:video/mp4;base64,AAAA",
    "javascript:alert(1)",
    "//93.184.216.34/a.mp4",
    "93.184.216.34",
    "",
    "https://",
    "https:///a.mp4",
    "https://user@93.184.216.34/",
    "https://user:word@93.184.216.34/",
    "https://api.novita.ai@169.254.169.254/",
    "https://93.184.216.34:port/",
    "https://93.184.216.34:99999/",
    "https://[93.184.216.34/",
    "https://[::g]/",
]


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_is_asked(host):
    with pytest.raises(NovitaError) as caught:
        place_of(f"https://{host}/a.mp4", SERVICE)
    # A spelling that this resolver does not take has no address at all.
    refused = isinstance(caught.value, Refused)
    assert refused or str(caught.value) == "The video's host has no address."


def test_the_list_is_long_enough_to_mean_something():
    assert len(INSIDE) + len(ODD) >= 60


@pytest.mark.parametrize("url", ODD)
def test_only_plain_https_is_asked(url):
    with pytest.raises(Refused) as caught:
        place_of(url, SERVICE)
    assert caught.value.reason == "address_refused"


@pytest.mark.parametrize("url", PLACES)
def test_what_leads_out_is_asked_at_the_address_that_was_checked(url):
    place = place_of(url, SERVICE)
    assert (place.scheme, place.port, len(place.ips)) == ("https", 443, 1)


@pytest.mark.parametrize("service", ["http://127.0.0.1:8900", "http://localhost:8900/base"])
def test_the_service_itself_may_be_inside_and_plain(service):
    url = f"{service}/media/a.mp4"
    assert place_of(url, service).port == 8900


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8901/", "https://127.0.0.1:8900/", "http://localhost:8900/"]
)
def test_the_services_neighbours_may_not_be_asked(url):
    with pytest.raises(Refused):
        place_of(url, "http://127.0.0.1:8900")


def resolver(*answers: list[str]):
    """Return a `getaddrinfo` that gives one answer after the other, and says when it has none."""
    left = list(answers)

    def look_up(host, port, **options):
        addresses = left.pop(0)
        return [
            (
                socket.AF_INET6 if ":" in ip else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (ip, port),
            )
            for ip in addresses
        ]

    return look_up


@pytest.mark.parametrize(
    "mixed",
    [["93.184.216.34", "127.0.0.1"], ["10.0.0.1", "93.184.216.34"], ["2606:4700::1", "::1"]],
)
def test_a_name_that_also_leads_inside_is_refused(mixed, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolver(mixed))
    with pytest.raises(Refused):
        place_of("https://storage.example/a.mp4", SERVICE)


def test_a_name_is_looked_up_once_and_the_connection_made_to_what_was_found(monkeypatch):
    """Rebinding: the second answer would be this machine, and there is no second question."""
    asked = []

    def connect(address, *rest, **options):
        asked.append(address)
        raise OSError("nobody goes out of a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34", "2606:4700::1"]))
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    client = Client(SERVICE, "key", timeout=(0.2, 0.2))
    with pytest.raises(TryLater):
        client.download(
            "https://storage.example/a.mp4", io.BytesIO(), max_bytes=1, deadline_seconds=1
        )
    assert asked == [("93.184.216.34", 443), ("2606:4700::1", 443)]


@pytest.mark.parametrize("host", INSIDE)
def test_a_service_that_others_named_is_not_asked_where_it_leads_inside(host):
    client = Client(f"https://{host}", "key", timeout=(0.2, 0.2), guarded=True)
    for ask in (client.balance, lambda: client.submit_body({}), lambda: client.task("1")):
        with pytest.raises(NovitaError) as caught:
            ask()
        # A spelling that this resolver does not take has no address at all: it was not reached.
        assert caught.value.reason in {"address_refused", "not_connected"}


@pytest.mark.parametrize("address", ["http://93.184.216.34", "http://api.example", "ftp://a.b"])
def test_a_service_that_others_named_is_asked_over_https_alone(address):
    with pytest.raises(Refused) as caught:
        Client(address, "key", guarded=True).balance()
    assert caught.value.reason == "address_refused"


def test_a_service_that_others_named_is_looked_up_once_for_each_connection(monkeypatch):
    asked = []

    def connect(address, *rest, **options):
        asked.append(address)
        raise OSError("nobody goes out of a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34", "2606:4700::1"]))
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(TryLater) as caught:
        Client("https://service.example", "key", guarded=True).submit_body({})
    assert caught.value.reason == "not_connected"
    assert asked == [("93.184.216.34", 443), ("2606:4700::1", 443)]


def test_films_of_a_service_that_others_named_may_not_lie_inside_either(monkeypatch):
    """Its own name is no password: it may lead inside by the time its film is fetched."""
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["127.0.0.1"]))
    client = Client("https://service.example", "key", guarded=True)
    with pytest.raises(Refused):
        client.download(
            "https://service.example/a.mp4", io.BytesIO(), max_bytes=1, deadline_seconds=1
        )


def test_a_canary_inside_hears_nothing():
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = canary.getsockname()[1]
        client = Client("http://127.0.0.1:1", "key", timeout=(0.2, 0.2))
        for host in INSIDE:
            for scheme in ("http", "https"):
                with pytest.raises(NovitaError):
                    client.download(
                        f"{scheme}://{host}:{port}/", io.BytesIO(), max_bytes=9, deadline_seconds=1
                    )
                named = Client(f"{scheme}://{host}:{port}", "k", timeout=(0.2, 0.2), guarded=True)
                with pytest.raises(NovitaError):
                    named.balance()
        canary.settimeout(0.05)
        with pytest.raises(TimeoutError):
            canary.accept()
