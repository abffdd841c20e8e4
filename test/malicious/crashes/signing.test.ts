/** Every await point of a signature of two and of three, in one go and from a tuple that was ready. */
import { crashesOf, isQuick } from './signing-cases.ts'

crashesOf(isQuick)
