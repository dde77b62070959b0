/// Why a kernel row cannot run on a GPU.
package struct KernelFault: Error, Sendable, CustomStringConvertible {
  /// The sentence, without a period.
  package var description: String
}
