# Data files that the binary carries: each becomes a constant in
# generated/embedded/NAME.hpp, so that the program needs no file of its own to
# run. SOURCE is relative to the project.
function(smart_agents_embed target source symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/embedded/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_SOURCE_DIR}/${source} -DOUT=${out}
            -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${CMAKE_SOURCE_DIR}/${source}
            ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

smart_agents_embed(smart_agents_adapters adapters/catalogue/models.json
                   model_catalogue_json)

smart_agents_embed(smart_agents_actors actors/router/router_model.bin
                   router_model_weights)
smart_agents_embed(smart_agents_actors actors/router/lexicon.txt router_lexicon)

file(GLOB skills CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/actors/coordinator/skills/*.skill)
foreach(file ${skills})
  get_filename_component(name ${file} NAME_WE)
  smart_agents_embed(smart_agents_actors
                     actors/coordinator/skills/${name}.skill ${name}_skill)
endforeach()

# The dashboard: plain files, no build step.
smart_agents_embed(smart_agents_runtime runtime/dashboard/index.html
                   dashboard_html)
smart_agents_embed(smart_agents_runtime runtime/dashboard/page.css
                   dashboard_css)
foreach(name main dom live plots views)
  smart_agents_embed(smart_agents_runtime runtime/dashboard/${name}.js
                     dashboard_${name}_js)
endforeach()

# What `--version` and the fronts say.
target_compile_definitions(smart_agents_runtime PRIVATE
  SMART_AGENTS_VERSION="${PROJECT_VERSION}")
