"use strict";

// Plays 16-bit samples while they arrive: each piece becomes a buffer that is scheduled
// to begin where the one before ends.
const RATE = 24000;
const LEAD_S = 0.1;
const LONGEST_AHEAD_S = 30;

const element = (id) => document.getElementById(id);
let playing = null;

class Player {
  constructor() {
    this.context = new AudioContext({ sampleRate: RATE });
    this.abort = new AbortController();
    this.end = 0;
    this.gaps = 0;
    this.numSamples = 0;
    this.odd = null;
  }

  async run(request, headers) {
    const started = performance.now();
    // Only after a click: browsers let no page speak by itself.
    await this.context.resume();
    const answer = await fetch("/v1/audio/speech", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(request),
      signal: this.abort.signal,
    });
    if (!answer.ok) throw new Error(await refusal(answer));
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (this.numSamples === 0) {
        show("first", `${Math.round(performance.now() - started)} ms`);
      }
      this.play(value);
      const seconds = this.numSamples / RATE;
      show("received", `${seconds.toFixed(1)} s of speech`);
      show("rtf", ((performance.now() - started) / 1000 / seconds).toFixed(3));
      show("gaps", String(this.gaps));
      const ahead = this.end - this.context.currentTime;
      if (ahead > LONGEST_AHEAD_S) await sleep((ahead - LONGEST_AHEAD_S) * 1000);
    }
    while (this.context.currentTime < this.end && !this.abort.signal.aborted) {
      await sleep(50);
    }
  }

  play(bytes) {
    if (this.odd !== null) {
      const joined = new Uint8Array(bytes.length + 1);
      joined[0] = this.odd;
      joined.set(bytes, 1);
      bytes = joined;
      this.odd = null;
    }
    if (bytes.length % 2) this.odd = bytes[bytes.length - 1];
    const count = bytes.length >> 1;
    if (count === 0) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 2 * count);
    const buffer = this.context.createBuffer(1, count, RATE);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < count; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
    const now = this.context.currentTime;
    if (this.end < now) {
      if (this.numSamples > 0) this.gaps++;
      this.end = now + LEAD_S;
    }
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.start(this.end);
    this.end += count / RATE;
    this.numSamples += count;
  }

  async close() {
    this.abort.abort();
    if (this.context.state !== "closed") await this.context.close();
  }
}

function show(id, text) {
  element(id).textContent = text;
}

function tell(text, isError = false) {
  const message = element("message");
  message.textContent = text;
  message.classList.toggle("error", isError);
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function authorization() {
  const token = element("token").value;
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function refusal(answer) {
  if (answer.status === 401) element("token-row").hidden = false;
  try {
    return (await answer.json()).error.message;
  } catch {
    return `the daemon answered ${answer.status}`;
  }
}

async function speak(event) {
  event.preventDefault();
  if (playing) await stop();
  for (const id of ["first", "received", "rtf", "gaps"]) show(id, "\u2013");
  const player = (playing = new Player());
  element("stop").disabled = false;
  tell("Speaking.");
  const request = {
    model: "edge-tts",
    input: element("text").value,
    speed: Number(element("speed").value),
    response_format: "pcm",
    priority: "interactive",
  };
  if (element("voice").value) request.voice = element("voice").value;
  try {
    await player.run(request, authorization());
    if (playing === player) tell("Done.");
  } catch (error) {
    if (playing === player) tell(`Not spoken: ${error.message}`, true);
  }
  await player.close();
  if (playing === player) {
    playing = null;
    element("stop").disabled = true;
  }
}

async function stop() {
  const player = playing;
  playing = null;
  element("stop").disabled = true;
  if (player) {
    await player.close();
    tell("Stopped.");
  }
}

async function loadVoices() {
  const list = element("voice");
  if (list.options.length) return;
  const answer = await fetch("/v1/audio/voices", { headers: authorization() });
  if (!answer.ok) {
    tell(await refusal(answer), true);
    return;
  }
  for (const voice of (await answer.json()).voices) {
    list.add(new Option(`${voice.name}, ${voice.language} (${voice.id})`, voice.id));
  }
}

async function refresh() {
  try {
    const answer = await fetch("/v1/status", { headers: authorization() });
    if (answer.ok) {
      const status = await answer.json();
      show("state", status.state);
      show("speaking", String(status.speaking));
      show("waiting", String(status.waiting));
      show("average", status.rtf.toFixed(4));
    } else {
      show("state", await refusal(answer));
    }
  } catch {
    show("state", "does not answer");
  }
  setTimeout(refresh, document.hidden ? 10000 : 2000);
}

element("form").addEventListener("submit", speak);
element("stop").addEventListener("click", stop);
element("token").addEventListener("change", loadVoices);
element("speed").addEventListener("input", () => {
  show("speed-value", Number(element("speed").value).toFixed(1));
});
loadVoices().catch((error) => tell(error.message, true));
refresh();
