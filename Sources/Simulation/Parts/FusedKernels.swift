/// What blocks of a super-kernel run in place of a kernel's own: `ProgramSet.profiles` of them.
struct FusedKernels: Sendable {
  /// Where all problems are of one size.
  var equal: Int
  /// Where they differ.
  var variable: Int
}
