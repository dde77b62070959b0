import Tables
import Testing

@testable import Traces
@testable import Workloads

/// Requests that a bin's expected number leaves over, and what is said of them.
@Suite struct ImportRemainderTests {
  private func steps(_ count: Int, _ value: String) -> String {
    (0..<count).map { "\($0 * 10) \(value)\n" }.joined()
  }

  private func options(_ scale: Double) -> TraceOptions {
    var options = TraceOptions()
    options.rateScale = scale
    options.placement = .even
    return options
  }

  /// What is whole in decimals is whole, however long the sum.
  @Test(arguments: [
    (10, "100000", 0.000_001, 10), (1000, "40000", 0.000_001, 400), (3, "0.1", 1.0, 3),
    (1000, "0.3", 0.1, 300), (100_000, "7", 0.01, 70_000), (10, "99999", 0.000_001, 9),
    (999, "0.1", 0.1, 99),
  ])
  func `Steps lose no request to rounding`(
    count: Int, value: String, scale: Double, requests: Int64
  ) throws {
    let result = try ImportResult(
      steps(count, value), format: .rateSteps, options: options(scale))
    #expect(result.trace.summary.requests == requests)
    #expect(result.rows.count == Int(requests))
  }

  @Test func `Steps below one request are not called zero`() throws {
    let few = try ImportResult(
      steps(10, "100000"), format: .rateSteps, options: options(1e-9))
    #expect(
      few.trace.summary.warning(.noArrivals)?.message
        == "all steps together hold less than one request")
    let none = try ImportResult(steps(10, "0"), format: .rateSteps, options: options(1))
    #expect(none.trace.summary.warning(.noArrivals)?.message == "all counts are zero")
  }

  private func windows(_ count: Int, _ fields: String) -> String {
    (0..<count).map { "\($0 * 600),\(fields)\r\n" }.joined()
  }

  @Test(
    arguments: [
      ("0.0005,1.0,Gamma,1,1", 1000, 300), ("0.001,1,Weibull,0.5,1", 5, 3),
      ("0.0025,1,Gamma,2,1", 3, 5), ("1,1,Gamma,1,1", 2, 1200), ("0,0,,0,0", 4, 0),
    ] as [(String, Int, Int64)])
  func `Windows hand on what they do not use`(
    fields: String, count: Int, requests: Int64
  ) throws {
    let result = try ImportResult(windows(count, fields), format: .serveGen)
    #expect(result.trace.summary.requests == requests)
    #expect(result.rows.count == Int(requests))
    #expect(result.times == result.times.sorted())
  }

  @Test func `Idle windows stay empty`() throws {
    let text = "0,0.0005,1,Gamma,1,1\n600,0,0,,0,0\n1200,0.0005,1,Gamma,1,1\n"
    let result = try ImportResult(text, format: .serveGen)
    #expect(result.times.count == 1 && result.times[0] >= 1_200_000_000_000)
  }

  @Test func `ServeGen's warnings tell the law and the ties`() throws {
    let result = try ImportResult(windows(2, "5,9,Gamma,0.02,1"), format: .serveGen)
    let quantised = try #require(result.trace.summary.warning(.quantised)?.message)
    #expect(quantised.contains("drawn from each window's family with seed 1"))
    let ties = zip(result.times, result.times.dropFirst()).count { $0 == $1 }
    #expect(ties > 0 && result.trace.summary.ties == ties)
    #expect(result.trace.summary.warning(.ties)?.count == Int64(ties))
    var even = TraceOptions()
    even.placement = .even
    let placed = try ImportResult(
      windows(2, "5,9,Gamma,0.02,1"), format: .serveGen, options: even)
    #expect(placed.trace.summary.warning(.quantised)?.message.hasSuffix("placed 'even'") == true)
    #expect(placed.trace.summary.warning(.ties) == nil)
  }
}

/// Names that are no UTF-8: shown with a stand-in they would be one tenant.
@Suite struct InvalidTextTests {
  private func faults(_ bytes: [UInt8], lenient: Bool = false) -> String {
    var options = TraceOptions()
    options.isStrict = !lenient
    do {
      let trace = try TraceImport.open(.bytes(bytes, name: "t"), options: options)
      return trace.tenantNames.joined(separator: ",")
    } catch { return error.description }
  }

  @Test func `Tenants that are no UTF-8 are refused at their place`() {
    let head = Array("arrival_ns,tenant\n0,a".utf8)
    let bytes = head + [0xFE, 10] + Array("5,\"b".utf8) + [0xFF, 0x22, 10]
    let found = faults(bytes)
    #expect(found.contains("t:2:4: error: expected UTF-8 text, found the byte 0xfe"))
    #expect(found.contains("t:3:5: error: expected UTF-8 text, found the byte 0xff"))
    #expect(found.contains("E_BINARY"))
    #expect(faults(bytes + Array("7,ü\n".utf8), lenient: true) == "ü")
  }

  @Test func `Every format's names are checked`() {
    let bad: [UInt8] = [0x61, 0xC3, 0x28]
    let functions = Array("app,func,end_timestamp,duration\na,".utf8) + bad + Array(",5,1".utf8)
    #expect(faults(functions).contains("t:2:4: error: expected UTF-8"))
    let tasks =
      Array("{\"time\": 1, \"tasks\": [{\"id\": \"".utf8) + bad
      + Array("\", \"load\": {\"type\": \"trace\", \"trace\": [1]}}]}".utf8)
    #expect(faults(tasks).contains("expected UTF-8 text, found the byte 0xc3"))
    let comment = Array("# origin: ".utf8) + bad + Array("\narrival_ns\n5\n".utf8)
    #expect(faults(comment).contains("t:1:12: error: expected UTF-8"))
  }

  @Test func `Offsets count bytes`() {
    func offset(_ bytes: [UInt8]) -> Int? {
      bytes.withUnsafeBufferPointer { InvalidText.offset(in: $0) }
    }
    #expect(offset(Array("äö€😀".utf8)) == nil && offset([]) == nil)
    #expect(offset(Array("ä".utf8) + [0x80]) == 2)
    #expect(offset([0x61, 0xE2, 0x82]) == 1)
    #expect(offset([0x61, 0xED, 0xA0, 0x80]) == 1)
  }
}
