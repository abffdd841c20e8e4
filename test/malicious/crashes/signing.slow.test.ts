/** The other members of the quorums: what each does first and last depends on its seat. */
import { crashesOf } from './signing-cases.ts'

crashesOf([2, 3])
