"""Makes the three tones: `python -m resources.sounds.make_tones` (16 kHz, 16 bit, mono)."""

import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16_000
TONES: dict[str, tuple[tuple[float, float], ...]] = {
    "attention": ((660.0, 0.16),),
    "done": ((523.25, 0.13), (783.99, 0.24)),
    "not_done": ((392.0, 0.18), (329.63, 0.28)),
}
"""Per tone: (frequency in Hz, duration in s) one after the other."""


def samples(name: str) -> bytes:
    """Little-endian 16-bit samples of a tone, each note swelling and fading softly."""
    notes = []
    for frequency_hz, duration_s in TONES[name]:
        time_s = np.arange(int(RATE_HZ * duration_s)) / RATE_HZ
        envelope = np.minimum(time_s / 0.012, 1.0) * np.exp(-5.0 * time_s / duration_s)
        notes.append(0.35 * envelope * np.sin(2 * np.pi * frequency_hz * time_s))
    return (np.concatenate(notes) * 32767).astype("<i2").tobytes()


def main() -> None:
    """Write the three files beside this one."""
    for name in TONES:
        with wave.open(str(Path(__file__).with_name(f"{name}.wav")), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(samples(name))


if __name__ == "__main__":
    main()
