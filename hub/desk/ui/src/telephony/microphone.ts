/** Which microphone this browser speaks into, and how loud it hears. */

import { shallowRef } from "vue";

const KEPT = "okno.microphone";

export const selectedMicrophone = shallowRef(localStorage.getItem(KEPT) ?? "");

export function selectMicrophone(id: string): void {
  selectedMicrophone.value = id;
  localStorage.setItem(KEPT, id);
}

/** The chosen one if it is there, or else any: a headset that was unplugged must not cost a call. */
export function microphone(): MediaTrackConstraints {
  const ours = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return selectedMicrophone.value === "" ? ours : { ...ours, deviceId: selectedMicrophone.value };
}

export interface Device {
  id: string;
  name: string;
}

export async function devices(): Promise<Device[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** The loudness that counts as full, of a voice near the microphone. */
const LOUD = 0.25;
const LOOKS_MS = 80;

/** Listen until it is stopped; `heard` is told the loudness from 0 to 1, some times a second. Refused as getUserMedia is. */
export async function listen(heard: (level: number) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphone() });
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
    heard(Math.min(1, Math.sqrt(power) / LOUD));
  }, LOOKS_MS);
  return () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
}
