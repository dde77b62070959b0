import Policies
import Synchronization
import Tables
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// Records of runs: whatever is done to one, it is told.
struct RunRecordTests {
  private func record() throws -> RunRecord {
    let plan = try StudyTests.plan("\"rps\": [300], \"policy\": [\"time-only\"], \"seed\": [5]")
    return try StudyTests.records(plan)[0]
  }

  @Test func recordsAreReadAsTheyWereWritten() throws {
    let record = try record()
    let again = try RunRecord(record.text, run: record.run, file: "r.csv")
    #expect(again.text == record.text && again.rows == record.rows && again.header == record.header)
    #expect(again.digest == record.digest && again.digest.count == 16 && again.refusal == nil)
    #expect(record.rows.count == 3 && record.text.contains("# axis: rps = 300\n"))
  }

  @Test func everyCutAndEveryChangeIsTold() throws {
    let record = try record()
    let bytes = Array(record.text.utf8)
    for count in 0..<bytes.count {
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      #expect(throws: InputError.self, "\(count) bytes") {
        try RunRecord(text, run: record.run, file: "r.csv")
      }
    }
    for at in bytes.indices {
      var changed = bytes
      changed[at] = changed[at] == 0x31 ? 0x32 : 0x31
      let text = String(decoding: changed, as: UTF8.self)
      #expect(throws: InputError.self, "byte \(at)") {
        try RunRecord(text, run: record.run, file: "r.csv")
      }
    }
  }

  @Test func anotherRunAndAnotherFormatAreTold() throws {
    let record = try record()
    #expect(throws: InputError.self) {
      try RunRecord(record.text, run: "x" + record.run.dropFirst(), file: "r.csv")
    }
    do {
      _ = try RunRecord(
        record.text.replacing("run/1", with: "run/2"), run: record.run, file: "r.csv")
      Issue.record("a record of another format was read")
    } catch {
      #expect(error.description.contains("r.csv:1:11: error: expected the format 'gpuloom.run/1'"))
    }
  }

  @Test func aPolicyThatCannotRunIsARecordToo() throws {
    let plan = try StudyTests.plan(
      "\"replicas\": [1, 4096], \"policy\": [\"time-only\"], \"seed\": [1, 2]",
      experiment: StudyTests.experiment.replacing("lstm_cell", with: "bert_base"))
    let records = try StudyTests.records(plan)
    #expect(records.map { $0.refusal == nil } == [true, true, false, false])
    #expect(records[3].rows.isEmpty && records[3].refusal?.contains("MiB") == true)
    var results = StudyResults(plan.listing)
    let lines = try records.map { try results.add($0, file: "") }
    #expect(lines[2].isEmpty && results.refusals.map(\.count) == [2])
    #expect(results.entries.map(\.isRefused) == [false, true])
  }
}

/// Runs of one study whose summaries differ in their columns.
struct StudyColumnTests {
  @Test func columnsOfOtherRunsAreEmpty() throws {
    let plan = try StudyTests.plan("\"rps\": [300], \"policy\": [\"time-only\"], \"seed\": [5]")
    let (record, own) = (try StudyTests.records(plan)[0], plan.listing)
    func listing(_ summary: [String]) -> StudyListing {
      StudyListing(
        version: own.version, study: own.study, axes: own.axes, description: own.description,
        catalogue: own.catalogue, inputs: own.inputs, columns: own.columns, summary: summary,
        rows: own.rows, count: own.count)
    }
    let more = own.summary + SummaryTable.servingColumnNames
    var results = StudyResults(listing(more))
    let lines = try results.add(record, file: "").split(separator: "\n")
    let empty = String(repeating: ",", count: more.count - own.summary.count)
    #expect(lines.map(String.init) == record.rows.map { "300," + $0 + empty })
    #expect(results.header.split(separator: ",").count == more.count + 1)
    var fewer = StudyResults(listing(Array(own.summary.dropLast())))
    #expect(throws: InputError.self) { try fewer.add(record, file: "r.csv") }
  }

  @Test func plansAreReadAsTheyWereWritten() throws {
    let plan = try StudyTests.plan("\"load\": [30, 60], \"tenants.a.replicas\": [1, 2]")
    let folder = TemporaryFolder()
    var text = ""
    plan.listing.write { text += $0 }
    folder.write("plan.csv", text)
    let read = try StudyListing.read(at: folder.path + "/plan.csv")
    #expect(read.key == plan.listing.key && read.rows.map(\.run) == plan.listing.rows.map(\.run))
    #expect(read.rows.map(\.values) == plan.listing.rows.map(\.values))
    var again = ""
    read.write { again += $0 }
    #expect(again == text)
    // Cut anywhere it is no plan.
    let bytes = Array(text.utf8)
    for count in stride(from: 0, to: bytes.count, by: 7) {
      folder.write("plan.csv", bytes: Array(bytes[..<count]))
      #expect(throws: InputError.self, "\(count) bytes") {
        try StudyListing.read(at: folder.path + "/plan.csv")
      }
    }
  }
}

/// Records as they come from any thread, by name.
final class RecordBox: Sendable {
  private let records = Mutex<[String: RunRecord]>([:])

  func add(_ record: RunRecord) { records.withLock { $0[record.run] = record } }
  subscript(run: String) -> RunRecord? { records.withLock { $0[run] } }
}
