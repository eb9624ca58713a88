#include "adapters/memory_job_store.hpp"

#include "tests/contracts/job_store_contract.hpp"

namespace smart_agents {

namespace {

class memory_jobs : public ::testing::Test {
protected:
  job_store& store() {
    return store_;
  }
  job_store& other() {
    return store_;
  }
  void end_other() {
    store_.ended("b");
  }

private:
  memory_job_store store_;
};

} // namespace

namespace test {

INSTANTIATE_TYPED_TEST_SUITE_P(InMemory, JobStoreContract, memory_jobs);

} // namespace test

} // namespace smart_agents
