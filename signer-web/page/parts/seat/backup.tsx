/**
 * A backup: its passphrase, then the file, which counts once it was saved.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { Remote } from 'comlink'
import { useEffect } from 'preact/hooks'
import type { Hex, SignerApi } from '../../../api.ts'
import { NewPassphraseFields, useNewPassphrase } from './new-passphrase.tsx'

interface Made {
  readonly url: string
  readonly name: string
  readonly epoch: Hex
  readonly epochNo: number
}

export function Backup({ api, working, done }: { api: Remote<SignerApi>; working: boolean; done(): void }) {
  const passphrase = useNewPassphrase()
  const made = useSignal<Made | undefined>(undefined)
  const forget = (): void => {
    if (made.value !== undefined) URL.revokeObjectURL(made.value.url)
    made.value = undefined
  }
  useEffect(() => forget, [])
  const make = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (working || !passphrase.ready.value) return
    const answer = await api.backup({ passphrase: passphrase.take() })
    if (!answer.ok) return
    const { file, name, epoch, epochNo } = answer
    made.value = { url: URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' })), name, epoch, epochNo }
  }
  if (made.value !== undefined) {
    const { url, name, epoch, epochNo } = made.value
    return (
      <div class="panel">
        <p>
          The backup of generation {epochNo} is ready and has been opened once as a test. Save it apart from this machine, and its passphrase
          somewhere else.
        </p>
        <p class="actions">
          <a class="main-button" href={url} download={name} onClick={() => void api.backedUp({ epoch, epochNo })}>
            Save {name}
          </a>
          <button type="button" class="side-button" onClick={done}>
            Done
          </button>
        </p>
      </div>
    )
  }
  return (
    <form class="panel own-form" onSubmit={event => void make(event)}>
      <p class="quiet-text">
        Whoever has the file and its passphrase is this member. A refresh makes the share in it worthless: make a new backup then.
      </p>
      <NewPassphraseFields passphrase={passphrase} label="Passphrase of the backup" />
      <p class="actions">
        <button type="submit" class="main-button" disabled={working || !passphrase.ready.value}>
          {working ? 'Working…' : 'Make the backup'}
        </button>
        <button type="button" class="side-button" onClick={done}>
          Cancel
        </button>
      </p>
    </form>
  )
}
