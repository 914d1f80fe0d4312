// Cuts a stream of ISO BMFF bytes into whole boxes, and reads the one field the player needs.

export interface Box {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Larger than any frame of a live stream: beyond it the bytes are not what they claim to be. */
const BOX_BYTES_MAX = 32 << 20;
const HEADER_BYTES = 8;

export class BoxReader {
  private rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Whole boxes completed by these bytes; throws RangeError when a size cannot be true. */
  feed(bytes: Uint8Array<ArrayBuffer>): Box[] {
    let data = this.rest.length === 0 ? bytes : joined([this.rest, bytes]);
    const boxes: Box[] = [];
    while (data.length >= HEADER_BYTES) {
      const size = view(data).getUint32(0);
      if (size < HEADER_BYTES || size > BOX_BYTES_MAX) throw new RangeError(`a box of ${size} bytes in the stream`);
      if (data.length < size) break;
      boxes.push({ type: boxType(data, 4), bytes: data.subarray(0, size) });
      data = data.subarray(size);
    }
    this.rest = data;
    return boxes;
  }
}

/** Start of a fragment on the given track in the track's own units; null when the moof does not hold the track. */
export function decodeTime(moof: Uint8Array<ArrayBuffer>, track: number): number | null {
  for (const traf of children(moof, HEADER_BYTES, "traf")) {
    const [tfhd] = children(traf, HEADER_BYTES, "tfhd");
    const [tfdt] = children(traf, HEADER_BYTES, "tfdt");
    if (tfhd === undefined || tfdt === undefined || view(tfhd).getUint32(12) !== track) continue;
    return tfdt[8] === 1 ? Number(view(tfdt).getBigUint64(12)) : view(tfdt).getUint32(12);
  }
  return null;
}

export function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function children(box: Uint8Array<ArrayBuffer>, from: number, type: string): Uint8Array<ArrayBuffer>[] {
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (let at = from; at + HEADER_BYTES <= box.length; ) {
    const size = view(box).getUint32(at);
    if (size < HEADER_BYTES || at + size > box.length) break;
    if (boxType(box, at + 4) === type) found.push(box.subarray(at, at + size));
    at += size;
  }
  return found;
}

function boxType(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
