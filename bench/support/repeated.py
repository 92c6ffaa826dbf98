"""Makes a talk of another length by copying a talk's packets, again and again, undecoded."""

from pathlib import Path

import av


def repeated(talk: Path, length_s: float, out: Path) -> Path:
    """Write `length_s` seconds of a talk that repeats itself to `out`, and return it."""
    with av.open(talk) as first, av.open(out, "w") as container:
        period_s = float((first.duration or 0) / av.time_base)
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
