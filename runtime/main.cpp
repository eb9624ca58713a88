#include "messages/services.hpp"

int main() {
  return 0;
}
