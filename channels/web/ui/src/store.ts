/** What the browser remembers of the chat with one hub. All tabs of the site share it. */

/** The part of `Storage` that is needed, so that a Map can stand in for it. */
export interface KeyValueStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** For browsers that forbid storage, and for tests. */
export class MemoryStorage implements KeyValueStorage {
  private readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

export function browserStorage(): KeyValueStorage {
  try {
    // Reading the property alone throws where storage is forbidden; a full disk throws on writing.
    localStorage.setItem("okno:probe", "");
    localStorage.removeItem("okno:probe");
    return localStorage;
  } catch {
    return new MemoryStorage();
  }
}

export class Store {
  readonly prefix: string;

  constructor(
    private readonly storage: KeyValueStorage,
    hub: string,
  ) {
    this.prefix = `okno:${hub}:`;
  }

  get(name: string): string {
    return this.storage.getItem(this.prefix + name) ?? "";
  }

  set(name: string, value: string): void {
    if (!value) this.storage.removeItem(this.prefix + name);
    else {
      try {
        this.storage.setItem(this.prefix + name, value);
      } catch {
        // A full storage must not stop the chat: what is lost is only the memory across a reload.
      }
    }
  }

  names(start: string): string[] {
    const found: string[] = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (key?.startsWith(this.prefix + start)) found.push(key.slice(this.prefix.length));
    }
    return found;
  }
}
