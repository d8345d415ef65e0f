/** What the browser remembers of the chat with one hub. All tabs of the site share it. */

/** The part of `Storage` that is needed, so that a Map can stand in for it. */
export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** For browsers that forbid storage, and for tests. */
export class MemoryShelf implements Shelf {
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

export function browserShelf(): Shelf {
  try {
    // Reading the property alone throws where storage is forbidden; a full disk throws on writing.
    localStorage.setItem("okno:probe", "");
    localStorage.removeItem("okno:probe");
    return localStorage;
  } catch {
    return new MemoryShelf();
  }
}

export class Store {
  readonly prefix: string;

  constructor(
    private readonly shelf: Shelf,
    hub: string,
  ) {
    this.prefix = `okno:${hub}:`;
  }

  get(name: string): string {
    return this.shelf.getItem(this.prefix + name) ?? "";
  }

  set(name: string, value: string): void {
    if (!value) this.shelf.removeItem(this.prefix + name);
    else {
      try {
        this.shelf.setItem(this.prefix + name, value);
      } catch {
        // A full storage must not stop the chat: what is lost is only the memory across a reload.
      }
    }
  }

  names(start: string): string[] {
    const found: string[] = [];
    for (let i = 0; i < this.shelf.length; i++) {
      const key = this.shelf.key(i);
      if (key?.startsWith(this.prefix + start)) found.push(key.slice(this.prefix.length));
    }
    return found;
  }
}
