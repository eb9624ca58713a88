#include "adapters/catalogue.hpp"
