/** The sound of a call that comes in, as exchanges here ring: 425 Hz, one second in five. Others make one of another height, once. */

const HZ = 425;
const LOUD = 0.12;
const RINGS_S = 1;
const EVERY_MS = 5000;
const EDGE_S = 0.03;

export class Ringer {
  readonly #hz: number;
  readonly #lastsS: number;
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(hz = HZ, lastsS = RINGS_S) {
    [this.#hz, this.#lastsS] = [hz, lastsS];
  }

  ring(yes: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (yes) {
      this.once();
      this.#timer = setInterval(() => this.once(), EVERY_MS);
    } else {
      // What sounds now ends now.
      void this.#context?.close();
      this.#context = null;
    }
  }

  once(): void {
    // A page that nobody has touched yet may make no sound: then the call is seen only.
    if ("userActivation" in navigator && !navigator.userActivation.hasBeenActive) return;
    const context = (this.#context ??= new AudioContext());
    void context.resume();
    const [from, to] = [context.currentTime, context.currentTime + this.#lastsS];
    const tone = new OscillatorNode(context, { frequency: this.#hz });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUD, from + EDGE_S);
    volume.gain.setValueAtTime(LOUD, to - EDGE_S);
    volume.gain.linearRampToValueAtTime(0, to);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(to);
  }
}
