/** The other members of the quorums, as what each does first and last depends on its seat, and the longest kind of signature. */
import { crashesOf, isQuick } from './signing-cases.ts'

crashesOf((signing, mortal) => !isQuick(signing, mortal))
