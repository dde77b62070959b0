import Tables
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// Parts of a trace as tenants: by name, by rank, by length, and traces of several days.
struct TracePartTests {
  /// Three functions of 4, 2 and 4 requests, and one request without a name.
  private static let trace =
    "arrival_ns,tenant,input_tokens,output_tokens\n"
    + "0,x,10,1\n1,y,20,2\n2,x,30,3\n3,\"z, \"\"w\"\"\",40,4\n4,x,50,5\n5,y,60,6\n"
    + "6,\"z, \"\"w\"\"\",70,7\n7,x,,\n8,\"z, \"\"w\"\"\",90,9\n9,\"z, \"\"w\"\"\",100,10\n10,,110,11\n"

  private func load(
    _ arrivals: [String], files: [(String, String)] = [("t.csv", trace)]
  ) throws -> LoadedExperiment {
    let folder = TemporaryFolder()
    for (name, text) in files { folder.write(name, text) }
    let tenants = arrivals.enumerated().map {
      "{\"name\": \"t\($0)\", \"model\": \"resnet50\", \"arrivals\": \($1)}"
    }
    folder.write(
      "e.json",
      ExperimentReaderTests.text(tenants: tenants.joined(separator: ", "), rest: ""))
    return try ExperimentReader.read(
      path: folder.path + "/e.json", library: ExperimentReaderTests.library, policies: .builtIn)
  }

  private func times(_ loaded: LoadedExperiment, _ index: Int = 0) -> [Int64] {
    guard case .trace(let times) = loaded.experiment.tenants[index].arrivals else { return [] }
    return times
  }

  @Test(
    arguments: [
      ("\"y\"", [1, 5], "2 requests, tenant y"),
      ("[\"y\", \"z, \\\"w\\\"\"]", [1, 3, 5, 6, 8, 9], "6 requests, 2 tenants"),
      ("{\"rank\": 1}", [0, 2, 4, 7], "4 requests, rank 1, x"),
      ("{\"rank\": 2}", [3, 6, 8, 9], "4 requests, rank 2, z, \"w\""),
      ("{\"rank_from\": 2}", [1, 3, 5, 6, 8, 9], "6 requests, ranks 2 to 3"),
      ("{\"rank_from\": 3, \"rank_to\": 9}", [1, 5], "2 requests, ranks 3 to 3"),
      ("{\"input_tokens_below\": 40}", [0, 1, 2], "3 requests, prompt 0 to 39 tokens"),
      (
        "{\"input_tokens_from\": 40, \"output_tokens_below\": 9}", [3, 4, 5, 6],
        "4 requests, prompt from 40 tokens, answer 0 to 8 tokens"
      ),
      (
        "{\"rank\": 1, \"output_tokens_from\": 3}", [2, 4],
        "2 requests, rank 1, x, answer from 3 tokens"
      ),
    ] as [(String, [Int64], String)])
  func partsAreChosen(part: String, expected: [Int64], text: String) throws {
    let loaded = try load(["{\"trace\": \"t.csv\", \"tenant\": \(part)}"])
    #expect(times(loaded) == expected)
    #expect(loaded.arrivalTexts == ["trace t.csv, \(text)"])
    // A row that has no length belongs to no range of lengths, which is said.
    let isBySize = part.contains("tokens")
    #expect(loaded.notes.count == (isBySize ? 1 : 0), "\(loaded.notes)")
  }

  @Test func ranksShareTheWholeTrace() throws {
    let loaded = try load(
      ["{\"rank\": 1}", "{\"rank\": 2}", "{\"rank_from\": 3}"].map {
        "{\"trace\": \"t.csv\", \"tenant\": \($0)}"
      })
    let all = (0..<3).flatMap { times(loaded, $0) }.sorted()
    #expect(all == Array(0...9))
    #expect(loaded.inputs.filter { $0.role == "trace" }.count == 1)
  }

  @Test(arguments: [
    ("3", "expected a name, a list of names or an object in 'tenant', found 3"),
    ("[]", "expected at least one name in 'tenant'"),
    ("[\"x\", \"x\"]", "the tenant 'x' is given twice"),
    ("[\"q\"]", "the trace has no tenant 'q'"),
    ("{}", "expected a condition in 'tenant', found none"),
    ("{\"rank\": 0}", "expected an integer from 1 to 1000000000 in 'rank', found 0"),
    ("{\"rank\": 4}", "the trace has 3 tenants, none of rank 4"),
    ("{\"rank\": 1, \"rank_to\": 2}", "'rank' excludes 'rank_from' and 'rank_to'"),
    (
      "{\"rank_from\": 3, \"rank_to\": 2}",
      "expected a 'rank_to' of at least 'rank_from', found 2"
    ),
    ("{\"rnk\": 1}", "unknown key 'rnk' in 'tenant'"),
    (
      "{\"input_tokens_from\": 5, \"input_tokens_below\": 5}",
      "expected a 'input_tokens_below' above 'input_tokens_from', found 5"
    ),
    (
      "{\"input_tokens_from\": 500}",
      "no request of the trace 't.csv' is left after the choices beside it"
    ),
  ])
  func partsThatDoNotFitAreTold(part: String, message: String) {
    do {
      _ = try load(["{\"trace\": \"t.csv\", \"tenant\": \(part)}"])
      Issue.record("accepted: \(message)")
    } catch {
      #expect((error as? InputError)?.diagnostics.map(\.message) == [message])
    }
  }

  @Test func lengthsAndNamesThatATraceLacksAreTold() {
    for (part, message) in [
      ("{\"rank\": 1}", "the trace names no tenants to rank"),
      (
        "{\"input_tokens_below\": 9}",
        "no request of the trace 't.csv' has the lengths to choose by"
      ),
    ] {
      do {
        _ = try load(
          ["{\"trace\": \"t.csv\", \"tenant\": \(part)}"], files: [("t.csv", "arrival_ns\n5\n")])
        Issue.record("accepted: \(message)")
      } catch {
        #expect((error as? InputError)?.diagnostics.map(\.message) == [message])
      }
    }
  }

  // MARK: Days

  private static func day(_ rows: [(String, [Int])]) -> String {
    let minutes = (1...1440).map(String.init).joined(separator: ",")
    let lines = rows.map { name, counts in
      "o,a,\(name),http,"
        + (counts + Array(repeating: 0, count: 1440 - counts.count)).map(String.init)
        .joined(separator: ",")
    }
    return "HashOwner,HashApp,HashFunction,Trigger,\(minutes)\n" + lines.joined(separator: "\n")
  }

  private static let days = [
    ("d01.csv", day([("f", [2, 1]), ("g", [0, 1])])), ("d02.csv", day([("h", [9]), ("g", [4])])),
  ]

  @Test func daysFollowEachOther() throws {
    let loaded = try load(
      [
        "{\"trace\": [\"d01.csv\", \"d02.csv\"]}",
        "{\"trace\": [\"d01.csv\", \"d02.csv\"], \"tenant\": {\"rank\": 2}}",
        "{\"trace\": [\"d01.csv\"]}",
      ], files: Self.days)
    let minutes = times(loaded).map { $0 / 60_000_000_000 }
    #expect(minutes == [0, 0, 1, 1] + Array(repeating: 1440, count: 13))
    // The function of rank 2 is 'g', whose requests lie where they lie among all.
    #expect(times(loaded, 1).count == 5)
    #expect(Set(times(loaded, 1)).isSubset(of: Set(times(loaded))))
    #expect(times(loaded, 2).count == 4)
    #expect(
      loaded.arrivalTexts == [
        "trace d01.csv and 1 more day, 17 requests",
        "trace d01.csv and 1 more day, 5 requests, rank 2, o/a/g", "trace d01.csv, 4 requests",
      ])
    #expect(loaded.inputs.filter { $0.role == "trace" }.map(\.name) == ["d01.csv", "d02.csv"])
  }

  @Test(arguments: [
    ("[]", "expected at least one file in 'trace'"),
    ("[\"d01.csv\", \"d01.csv\"]", "the day 'd01.csv' is given twice"),
    ("[\"d01.csv\", 3]", "expected a non-empty string in 'trace', found 3"),
    ("[\"t.csv\", \"d01.csv\"]", "a trace of several files in format gpuloom-csv"),
  ])
  func daysThatDoNotFitAreTold(list: String, message: String) {
    do {
      _ = try load(["{\"trace\": \(list)}"], files: Self.days + [("t.csv", Self.trace)])
      Issue.record("accepted: \(message)")
    } catch {
      #expect((error as? InputError)?.diagnostics.map(\.message) == [message])
    }
  }
}
