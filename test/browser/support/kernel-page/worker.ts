/** Runs the kernel's known answers with both engines, and says which one a member would use here. */
import { kernel, referenceKernel } from '../../../../core/kernel/index.ts'
import { stepAnswers } from '../../../vectors/threshold/steps.ts'

try {
  postMessage({ name: kernel.name, answers: stepAnswers(kernel), reference: stepAnswers(referenceKernel) })
} catch (error) {
  postMessage({ problem: String(error) })
}
