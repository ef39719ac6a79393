/**
 * What this device keeps: IndexedDB of the extension's own origin, which every page of it may open.
 *
 * | store | key | what |
 * |---|---|---|
 * | facts | name | the server's address, this device's id, where the model is |
 * | waiting | `order` | what the server does not have yet, in the order it was made |
 * | reviews | session | what a review numbered and has no answer for |
 * | measured | `seq` | what was measured, for as long as there is room |
 */

const NAME = "lossy";
const VERSION = 2;

export type Store = "facts" | "waiting" | "reviews" | "measured";

export class Database {
  private constructor(private readonly opened: IDBDatabase) {}

  static async open(): Promise<Database> {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      const { result } = request;
      if (oldVersion < 1) {
        result.createObjectStore("facts");
        result.createObjectStore("waiting", { keyPath: "order", autoIncrement: true });
        result.createObjectStore("reviews", { keyPath: "session" });
      }
      result.createObjectStore("measured", { keyPath: "seq", autoIncrement: true });
    };
    return new Database(await settled(request));
  }

  async get<T>(store: Store, key: IDBValidKey): Promise<T | undefined> {
    return (await settled(this.opened.transaction(store).objectStore(store).get(key))) as T | undefined;
  }

  async all<T>(store: Store): Promise<T[]> {
    return (await settled(this.opened.transaction(store).objectStore(store).getAll())) as T[];
  }

  /** Returns the key, once it is written: what was said must outlive a browser that is closed the moment after. */
  async put(store: Store, value: unknown, key?: IDBValidKey): Promise<IDBValidKey> {
    const transaction = this.opened.transaction(store, "readwrite");
    const made = settled(transaction.objectStore(store).put(value, key));
    await Promise.all([made, committed(transaction)]);
    return made;
  }

  async delete(store: Store, key: IDBValidKey): Promise<void> {
    const transaction = this.opened.transaction(store, "readwrite");
    transaction.objectStore(store).delete(key);
    await committed(transaction);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
