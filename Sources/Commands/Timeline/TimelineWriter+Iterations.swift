import Simulation

// Language models: iterations on their replicas' threads.
extension TimelineWriter {
  func iteration(_ iteration: RunEvent.Iteration) {
    let (start, end) = (iteration.startNS, iteration.endNS)
    guard takes(.iteration, start, end) else { return }
    let thread = self.thread(of: iteration.replica)
    text.slice(iteration.tenant + 2, thread, start, end, "\"iteration\"", "iteration")
    text.add(",\"args\":{\"requests\":")
    text.add(iteration.requests)
    text.add(",\"prefill_tokens\":")
    text.add(iteration.prefillTokens)
    text.add(",\"decode_tokens\":")
    text.add(iteration.decodeTokens)
    add(iteration.parts)
    text.close()
    keep()
  }

  /// The thread of a replica; prefills beside decodes, which overlap them, have one of their own.
  func thread(of r: Int) -> Int {
    if names.isPrefills(r), prefills.insert(r).inserted {
      let tenant = names.tenant(of: r)
      text.thread(
        tenant + 2, r + 1, "\(tenants[tenant]) replica \(names.place(of: r)) prefills")
    }
    return r + 1
  }
}
