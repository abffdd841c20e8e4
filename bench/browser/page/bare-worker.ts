/**
 * A module worker that answers.
 * @module
 */
const scope = globalThis as unknown as { onmessage: () => void; postMessage(message: string): void }
scope.onmessage = () => scope.postMessage('opened')
