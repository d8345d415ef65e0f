/**
 * What the desk keeps in memory of whoever is signed in. Every store is made here, so that signing out forgets all of them: whoever
 * comes next finds nothing of the one before. tests/ui/stores.test.ts finds state of a module that was made otherwise.
 */

import { type LatestRequest, latest } from "@/api/latest";
import { type Ref, type ShallowRef, ref, shallowReactive, shallowRef } from "vue";

export interface Store {
  readonly state: unknown;
  forget(): void;
}

const registered: Store[] = [];

export const stores = (): readonly Store[] => registered;

/** What is no reactive state: timers, maps of what was told. */
export function kept<T>(state: T, forget: (state: T) => void): T {
  registered.push({ state, forget: () => forget(state) });
  return state;
}

export const onForget = (forget: () => void): void => void kept(null, forget);

/** Fields, with what they are before anything is known. */
export function store<T extends object>(initial: () => T): T {
  return kept(shallowReactive(initial()) as T, (state) => {
    const first = initial();
    for (const field of Object.keys(state)) if (!(field in first)) delete state[field as keyof T];
    Object.assign(state, first);
  });
}

export const storeRef = <T>(initial: T): ShallowRef<T> => kept(shallowRef(initial) as ShallowRef<T>, (state) => void (state.value = initial));
/** Forms, of which fields deep inside are bound. */
export const storeForm = <T>(initial: () => T): Ref<T> => kept(ref(initial()) as Ref<T>, (state) => void (state.value = initial()));
export const storeMap = <K, V>(): Map<K, V> => kept(shallowReactive(new Map<K, V>()), (state) => state.clear());
export const storeSet = <T>(): Set<T> => kept(shallowReactive(new Set<T>()), (state) => state.clear());
export const storeList = <T>(): T[] => kept(shallowReactive<T[]>([]), (state) => void state.splice(0));
/** Questions whose answers go into a store: what is under way at sign-out is not taken any more. */
export const storeRequest = (): LatestRequest => kept(latest(), (asking) => asking.drop());

export function forgetStores(): void {
  for (const { forget } of registered) forget();
}
