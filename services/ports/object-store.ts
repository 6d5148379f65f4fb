/** Objects by key; documents that tools read, and texts too large for an item. */
export interface ObjectStore {
  put(key: string, text: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
}
