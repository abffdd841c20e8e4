/**
 * A seat that comes back from its backup.
 * @module
 */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RestoreRequest } from '../../../api.ts'
import { NewPassphraseFields, useNewPassphrase } from './new-passphrase.tsx'

/** Larger files are no backups. */
const MAX_FILE = 8 * 1024 * 1024

export function Restore({ working, restore }: { working: boolean; restore(request: RestoreRequest): Promise<void> }) {
  const file = useSignal<File | undefined>(undefined)
  const filePassphrase = useSignal('')
  const l1 = useSignal('')
  const problem = useSignal('')
  const passphrase = useNewPassphrase()
  useEffect(() => {
    fetch('./api/page')
      .then(async answer => {
        const { l1: offered } = (await answer.json()) as { readonly l1?: unknown }
        const first: unknown = Array.isArray(offered) ? offered[0] : undefined
        if (l1.value === '' && typeof first === 'string') l1.value = first
      })
      .catch(() => {})
  }, [])
  const ready = file.value !== undefined && filePassphrase.value !== '' && l1.value !== '' && passphrase.ready.value
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    const chosen = file.value
    if (working || !ready || chosen === undefined) return
    if (chosen.size > MAX_FILE) {
      problem.value = 'This file is too large to be a backup.'
      return
    }
    problem.value = ''
    const bytes = new Uint8Array(await chosen.arrayBuffer())
    const secret = filePassphrase.value
    filePassphrase.value = ''
    await restore({ file: bytes, filePassphrase: secret, passphrase: passphrase.take(), l1Rpc: l1.value.trim() })
  }
  return (
    <form class="own-form" onSubmit={event => void send(event)}>
      <p class="quiet-text">
        A backup brings identity, share and pool back. The member refreshes the key with the others before it signs again. It runs once: never start
        another copy of it.
      </p>
      <label class="field">
        Backup file
        <input
          type="file"
          onInput={event => {
            file.value = event.currentTarget.files?.[0]
          }}
          required
        />
      </label>
      <label class="field">
        Passphrase of the backup
        <input
          type="password"
          autocomplete="off"
          value={filePassphrase.value}
          onInput={event => {
            filePassphrase.value = event.currentTarget.value
          }}
          required
        />
      </label>
      <label class="field">
        Your own L1 node
        <input
          type="url"
          placeholder="https://…"
          value={l1.value}
          onInput={event => {
            l1.value = event.currentTarget.value
          }}
          required
        />
      </label>
      <NewPassphraseFields passphrase={passphrase} label="New passphrase for this browser" />
      {problem.value !== '' && (
        <p class="seat-line bad" role="alert">
          {problem.value}
        </p>
      )}
      <button type="submit" class="main-button" disabled={working || !ready}>
        {working ? 'Working…' : 'Restore'}
      </button>
    </form>
  )
}
