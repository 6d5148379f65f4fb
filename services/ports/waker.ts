/** Starts the controller where nobody keeps it running and it rests until it is called. */
export interface Waker {
  /** Asks for a shift now, and does not wait for it. Throws when it could not be asked. One more than is needed is harmless. */
  wake(): Promise<void>;
}
