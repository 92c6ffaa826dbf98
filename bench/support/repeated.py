"""Makes a talk of another length by copying a talk's packets, again and again, undecoded."""

from pathlib import Path

import av


def repeated(talk: Path, length_s: float, out: Path) -> Path:
    """Write `length_s` seconds of a talk that repeats itself to `out`, and return it."""
    period_s = _decoding_s(talk)
    with av.open(talk) as first, av.open(out, "w") as container:
        kinds = [first.streams.video[0], first.streams.audio[0]]
        streams = {s.index: container.add_stream_from_template(s) for s in kinds}
        offset_s = 0.0
        while offset_s < length_s:
            with av.open(talk) as again:
                for packet in again.demux(*(again.streams[s.index] for s in kinds)):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue  # the end
                    shift = round(offset_s / packet.time_base)
                    if float((packet.pts + shift) * packet.time_base) >= length_s:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = streams[packet.stream.index]
                    container.mux(packet)
            offset_s += period_s
    return out


def _decoding_s(talk: Path) -> float:
    """Return from when to when packets are decoded, in seconds.

    That is longer than the talk: a muxer refuses a packet that is decoded before the one in front,
    and the first packets of sound and picture are decoded before zero.
    """
    begin_s = end_s = 0.0
    with av.open(talk) as container:
        for packet in container.demux(container.streams.video[0], container.streams.audio[0]):
            if packet.dts is None or packet.time_base is None:
                continue  # the end
            begin_s = min(begin_s, float(packet.dts * packet.time_base))
            last = packet.dts + max(1, packet.duration or 0)
            end_s = max(end_s, float(last * packet.time_base))
    return end_s - begin_s
