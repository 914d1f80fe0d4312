// Reads the clock in every frame that a page's video shows. The geometry comes from the Python side as window.barcode.
(() => {
  const { rows, columns, row_height, time_bits, threshold, probe } = window.barcode;
  const strip = document.createElement("canvas");
  const pencil = strip.getContext("2d", { willReadFrequently: true });
  const glass = {
    joined_ms: null, // from the navigation to the first frame
    frames: [], // [performance.now() when shown, milliseconds since it was made]
    unreadable: 0,
    waits: [], // performance.now() of each stall
    badges: [], // [delay that the page states, delay in the picture], seconds
    reset() {
      Object.assign(glass, { frames: [], unreadable: 0, waits: [], badges: [] });
    },
  };
  window.glass = glass;

  function luma(pixels, width, x, y) {
    let sum = 0;
    for (let dy = -probe; dy <= probe; dy++)
      for (let dx = -probe; dx <= probe; dx++) sum += pixels[4 * ((y + dy) * width + x + dx) + 1];
    return sum / (2 * probe + 1) ** 2;
  }

  /** Milliseconds since 1970 in the picture's strip; null when its check bits contradict them. */
  function made_ms(video) {
    const { videoWidth: width, videoHeight: height } = video;
    strip.width = width;
    strip.height = Math.ceil(rows * height * row_height) + probe;
    pencil.drawImage(video, 0, 0);
    const pixels = pencil.getImageData(0, 0, strip.width, strip.height).data;
    let [time, crc, check] = [0, 0, 0];
    for (let cell = 0; cell < rows * columns; cell++) {
      const x = Math.floor((((cell % columns) + 0.5) * width) / columns);
      const y = Math.floor((Math.floor(cell / columns) + 0.5) * height * row_height);
      const bit = luma(pixels, width, x, y) > threshold ? 1 : 0;
      if (cell >= time_bits) check = check * 2 + bit;
      else {
        time = time * 2 + bit;
        crc = ((crc << 1) ^ (((crc >> 15) ^ bit) & 1 ? 0x1021 : 0)) & 0xffff;
      }
    }
    return crc === check ? time : null;
  }

  function follow(video) {
    const shown = (at_ms) => {
      const now_ms = Date.now();
      glass.joined_ms ??= at_ms;
      const time = made_ms(video);
      if (time === null) glass.unreadable += 1;
      else glass.frames.push([at_ms, now_ms - time]);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
    video.addEventListener("waiting", () => {
      if (glass.joined_ms !== null && !video.seeking) glass.waits.push(performance.now());
    });
    setInterval(() => {
      const stated = parseFloat(document.getElementById("delay")?.textContent ?? "");
      const last = glass.frames.at(-1);
      if (last !== undefined && !Number.isNaN(stated)) glass.badges.push([stated, last[1] / 1000]);
    }, 500);
  }

  addEventListener("DOMContentLoaded", () => follow(document.querySelector("video")));
})();
