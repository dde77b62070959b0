import Tables
import Testing

@testable import CommandLine
@testable import gpuloom

/// What the argument reader makes of words: values, faults, hints.
struct CommandLineArgumentTests {
  private let flags =
    CommandUsage.commonFlags(formats: ["table", "csv"]) + [
      .valued("--rate", "RPS", "a rate"), .plain("--fast", "a switch"),
      .valued("--seed", "N", "a seed", isRepeatable: true),
    ]

  private func reader(_ line: String) -> ArgumentReader {
    ArgumentReader(line.split(separator: " ").map(String.init), flags: flags)
  }

  private func messages(_ reader: ArgumentReader) -> [String] {
    var copy = reader
    do {
      try copy.finish()
      return []
    } catch {
      guard let error = error as? InputError else { return ["\(error)"] }
      #expect([.usage, .badData].contains(error.kind))
      return error.diagnostics.map { $0.message + ($0.hint.map { " | \($0)" } ?? "") }
    }
  }

  @Test func readsValuesInBothFormsAndPositionalsAnywhere() {
    var r = reader("one --rate 2.5 two --fast --seed=1,2 --seed 7 -- --three")
    #expect(r.double("--rate") == 2.5)
    let isFast = r.bool("--fast")
    #expect(isFast)
    #expect(r.integers("--seed") == [1, 2, 7])
    #expect(r.remainingPositionals() == ["one", "two", "--three"])
    #expect(messages(r).isEmpty)
  }

  @Test func negativeNumbersAreValuesAndFlagsAreNot() {
    var r = reader("--rate -2")
    #expect(r.double("--rate", atLeast: -5) == -2)
    #expect(messages(r).isEmpty)
    let missing = reader("--rate --fast")
    #expect(messages(missing).first == "the flag '--rate' needs a value: --rate RPS")
  }

  @Test(arguments: [
    ("--rat 3", "unknown flag '--rat' | did you mean '--rate'?"),
    ("--rate", "the flag '--rate' needs a value: --rate RPS"),
    ("--rate=", "the flag '--rate' needs a value: --rate RPS"),
    ("--fast=1", "the flag '--fast' takes no value"),
    ("--quiet --quiet", "the flag '--quiet' is given twice"),
    ("file", "unexpected argument 'file'"),
    ("--fast", "the flag '--fast' does not apply here"),
  ])
  func tellsWhatIsWrong(line: String, message: String) {
    var r = reader(line)
    if line.hasPrefix("--quiet") { _ = r.bool("--quiet") }
    #expect(messages(r) == [message])
  }

  @Test(arguments: ["", "x", "1e999", "nan", "inf", "0x10", "1_0", "-1", "11", "１"])
  func refusesNumbersOutOfReach(text: String) {
    var r = ArgumentReader(["--rate=" + text], flags: flags)
    #expect(r.double("--rate", atLeast: 0, atMost: 10) == nil)
    #expect(messages(r).count >= 1)
    var s = ArgumentReader(["--jobs=" + text], flags: flags)
    #expect(s.integer("--jobs", atLeast: 0, atMost: 10) == nil)
    #expect(messages(s).count >= 1)
  }

  @Test func collectsEveryFault() {
    var r = reader("--rate x --jobs 0 --nope a --fast=2")
    _ = r.double("--rate")
    _ = r.integer("--jobs", atLeast: 1)
    _ = r.positional("FILE")
    #expect(messages(r).count == 4)
  }

  @Test func choiceNamesTheNearest() {
    var r = reader("--format tabel")
    #expect(r.choice("--format", of: ["table", "csv"]) == nil)
    #expect(
      messages(r) == [
        "expected one of table, csv after '--format', found \"tabel\" | did you mean 'table'?"
      ])
  }

  @Test func commonFlagsMayStandBeforeTheCommand() {
    let call = CommandCall(["--out", "d", "--quiet", "trace", "stats", "f.csv", "--fast"])
    #expect(call.words == ["trace", "stats", "f.csv", "--out", "d", "--quiet", "--fast"])
  }
}
