// Scenarios count processes and descriptors of the whole test process, and load two cores by themselves.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
