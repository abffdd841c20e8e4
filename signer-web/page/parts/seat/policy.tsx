/**
 * When this seat asks: never, always, or for what one rule does not let pass.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { Remote } from 'comlink'
import type { PolicyInput, SignerApi } from '../../../api.ts'
import { counted } from '../../format.ts'

const ETHER = 10n ** 18n

/** Wei of an amount in ether, decimal; undefined when it is none. */
function weiOf(text: string): bigint | undefined {
  const [, whole = '', part = ''] = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(text.trim()) ?? []
  return whole === '' ? undefined : BigInt(whole) * ETHER + BigInt(part.padEnd(18, '0'))
}

const limitOf = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

export function Policy({ policy, api }: { policy: PolicyInput | undefined; api: Remote<SignerApi> }) {
  const open = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  async function save(form: HTMLFormElement): Promise<void> {
    const data = new FormData(form)
    const field = (name: string): string => (data.get(name) ?? '').toString()
    const value = field('value').trim()
    const most = value === '' ? undefined : weiOf(value)
    if (value !== '' && most === undefined) {
      problem.value = 'The value is not an amount in ETH.'
      return
    }
    const rule = {
      name: field('name').trim(),
      maxTransactions: limitOf(field('transactions')),
      maxPerHour: limitOf(field('hourly')),
      maxValue: most?.toString(),
    }
    const answer = await api.setPolicy({ rejectAfter: Number(field('wait')) * 1000, rules: rule.name === '' ? [] : [rule] })
    problem.value = answer.ok ? undefined : answer.error.message
    if (answer.ok) open.value = false
  }
  const [rule] = policy?.rules ?? []
  if (!open.value)
    return (
      <p class="actions">
        <button
          type="button"
          class="side-button"
          onClick={() => {
            open.value = true
          }}
        >
          {policy === undefined ? 'Set a policy' : 'Change the policy'}
        </button>
        {policy !== undefined && (
          <>
            <button type="button" class="side-button" onClick={() => void api.setPolicy(undefined)}>
              End the policy
            </button>
            <span class="quiet-text">
              {policy.rules.length === 0 ? 'Asks for every batch.' : `${counted(policy.rules.length, 'rule')}; asks for all else.`}
            </span>
          </>
        )}
      </p>
    )
  return (
    <form
      class="panel own-form"
      aria-label="Policy"
      onSubmit={event => {
        event.preventDefault()
        void save(event.currentTarget)
      }}
    >
      <p class="hint">
        What the rule does not let pass waits for you, and is refused when you do not answer. Without a rule you are asked for every batch.
      </p>
      <label class="field">
        Seconds to answer
        <input name="wait" type="number" min={1} max={3600} required defaultValue={String((policy?.rejectAfter ?? 300_000) / 1000)} />
      </label>
      <label class="field">
        Name of the rule, empty for none
        <input name="name" maxLength={64} defaultValue={rule?.name ?? ''} />
      </label>
      <label class="field">
        Most transactions in a batch
        <input name="transactions" type="number" min={0} defaultValue={rule?.maxTransactions?.toString() ?? ''} />
      </label>
      <label class="field">
        Most ETH that a transaction moves
        <input name="value" inputMode="decimal" defaultValue={rule?.maxValue === undefined ? '' : etherOf(BigInt(rule.maxValue))} />
      </label>
      <label class="field">
        Most batches an hour
        <input name="hourly" type="number" min={0} defaultValue={rule?.maxPerHour?.toString() ?? ''} />
      </label>
      {problem.value !== undefined && (
        <p class="seat-line bad" role="alert">
          {problem.value}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="main-button">
          Save the policy
        </button>
        <button
          type="button"
          class="side-button"
          onClick={() => {
            open.value = false
          }}
        >
          Cancel
        </button>
      </p>
    </form>
  )
}

/** Exact, without a unit. */
function etherOf(value: bigint): string {
  const part = (value % ETHER).toString().padStart(18, '0').replace(/0+$/, '')
  return part === '' ? `${value / ETHER}` : `${value / ETHER}.${part}`
}
