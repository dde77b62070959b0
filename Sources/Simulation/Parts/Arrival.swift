import Workloads

/// A request as it arrives: when, and which of its source's records it is.
struct Arrival {
  var timeNS: Int64
  /// A trace's requests count from 0 in the order of their arrivals, those of sessions one session
  /// after the other, all others in the order in which they are sent.
  var record: Int
  /// The lengths of a language model's request, known once it has arrived.
  var tokens = RequestTokens(input: 1, output: 1)
}
