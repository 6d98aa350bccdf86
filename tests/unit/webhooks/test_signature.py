"""Signatures of deliveries."""

from __future__ import annotations

import base64

import pytest

from preview_worker.webhooks.signature import signed_headers


@pytest.mark.parametrize(
    ("secret", "message_id", "at_s", "body", "signature"),
    [
        (
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            1731705121,
            b'{"event_type":"ping","data":{"success":true}}',
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
    ],
)
def test_a_signature_is_the_one_that_the_standard_gives_as_an_example(
    secret: str, message_id: str, at_s: int, body: bytes, signature: str
) -> None:
    """Its libraries verify what we sign."""
    headers = signed_headers(message_id, at_s, body, [base64.b64decode(secret)])

    assert headers == {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature,
    }


def test_each_secret_signs() -> None:
    """A receiver that knows one of two accepts the delivery."""
    both = signed_headers("msg_1", 1, b"{}", [b"a" * 24, b"b" * 24])["webhook-signature"]

    assert both.split(" ") == [
        signed_headers("msg_1", 1, b"{}", [secret])["webhook-signature"]
        for secret in (b"a" * 24, b"b" * 24)
    ]
