import CommandLine
import Scheduling

/// The whole tool as one call, for the executable and for packages that add policies of their own.
public enum GPULoom {
  /// Runs the command line of this process with the policies given, and ends the process with the
  /// command's exit code.
  ///
  /// - Parameter policies: what experiments may ask for, and what is compared where they ask for
  ///   nothing: `PolicyCatalog.builtIn`, or that with more added.
  public static func main(policies: PolicyCatalog) -> Never {
    RegisteredPolicies.set(policies)
    let words = Array(Swift.CommandLine.arguments.dropFirst())
    exitProcess(with: CommandRunner.run(words, commands: CommandRegistry.commands))
  }
}
